/** The shells' exit codes for a command ended by a signal: 128 + its number. */
export const SIGNAL_EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** A signal that requests a stop. */
export type StopSignal = keyof typeof SIGNAL_EXIT_CODES;

/** The command stopped on a signal; the message says what is left to do. */
export class StoppedBySignal extends Error {
  override readonly name = "StoppedBySignal";
  readonly exitCode: number;
  /** Whether this process reports it to the user: of several that stop, only the first does. */
  readonly isReported: boolean;

  constructor(signal: StopSignal, message: string, isReported = true) {
    super(`stopped by ${signal}${message}`);
    this.isReported = isReported;
    this.exitCode = SIGNAL_EXIT_CODES[signal];
  }
}

/** Lets Ctrl-C and `kill` end a command between two steps, with the shell's exit codes; output so far is kept. */
export function exitOnSignals(restoreTerminal: () => void): void {
  for (const [signal, code] of Object.entries(SIGNAL_EXIT_CODES)) {
    process.once(signal, () => {
      restoreTerminal();
      process.stderr.write(`stopped by ${signal}\n`);
      process.exit(code);
    });
  }
}

/** Reacts to signals that request a stop. */
export interface StopListener {
  stop(signal: StopSignal): void;
  /** The terminal was closed: nothing can be written there any more. */
  hangUp(): void;
}

/**
 * Passes stop signals to the listener instead of ending the process; returns a function that undoes this. A closed
 * terminal (SIGHUP) acts like SIGTERM, but never as a second signal: system and shell often both send it, and after
 * Ctrl-C the user may well close the terminal.
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
