/** The exit codes that shells use for a command that a signal ended: 128 + its number. */
export const SIGNAL_EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** A signal that asks for a stop. */
export type StopSignal = keyof typeof SIGNAL_EXIT_CODES;

/** A signal asked the command to stop, and it did; the message says what is left to do. */
export class StoppedBySignal extends Error {
  override readonly name = "StoppedBySignal";
  readonly exitCode: number;
  /** Whether the user is to hear of it from this process: of several that stop together, from the first. */
  readonly isTold: boolean;

  constructor(signal: StopSignal, message: string, isTold = true) {
    super(`stopped by ${signal}${message}`);
    this.isTold = isTold;
    this.exitCode = SIGNAL_EXIT_CODES[signal];
  }
}

/** Ctrl-C and `kill` end a command between two steps, with the shell's exit codes; what is written so far stays. */
export function exitOnSignals(restoreTerminal: () => void): void {
  for (const [signal, code] of Object.entries(SIGNAL_EXIT_CODES)) {
    process.once(signal, () => {
      restoreTerminal();
      process.stderr.write(`stopped by ${signal}\n`);
      process.exit(code);
    });
  }
}

/** What is done about signals that ask a program to stop. */
export interface StopListener {
  stop(signal: StopSignal): void;
  /** The terminal has gone away: nothing can be written there any more. */
  hangUp(): void;
}

/**
 * Hears the signals that ask a program to stop, instead of ending by them, until what it returns is called. A terminal
 * that goes away (SIGHUP) asks for the same as SIGTERM, but not a second time: the system and the shell often both tell,
 * and one who has pressed Ctrl-C may well close the terminal.
 */
export function hearStopSignals(listener: StopListener): () => void {
  let isRequested = false;
  const stop = (signal: StopSignal) => {
    isRequested = true;
    listener.stop(signal);
  };
  const heard = [
    ["SIGINT", () => stop("SIGINT")],
    ["SIGTERM", () => stop("SIGTERM")],
    [
      "SIGHUP",
      () => {
        listener.hangUp();
        if (!isRequested) stop("SIGTERM");
      },
    ],
  ] as const;
  for (const [name, hear] of heard) process.on(name, hear);
  return () => {
    for (const [name, hear] of heard) process.off(name, hear);
  };
}
