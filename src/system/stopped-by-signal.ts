/** The exit codes that shells use for a command that a signal ended: 128 + its number. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** A signal asked the command to stop, and it did; the message says what is left to do. */
export class StoppedBySignal extends Error {
  override readonly name = "StoppedBySignal";
  readonly exitCode: number;
  /** Whether the user is to hear of it from this process: of several that stop together, from the first. */
  readonly isTold: boolean;

  constructor(signal: keyof typeof EXIT_CODES, message: string, isTold = true) {
    super(`stopped by ${signal}${message}`);
    this.isTold = isTold;
    this.exitCode = EXIT_CODES[signal];
  }
}
