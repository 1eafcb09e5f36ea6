import type { StopSignal } from "./first-cause.js";

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
