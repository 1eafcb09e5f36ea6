import { SIGNAL_EXIT_CODES } from "../system/signals.js";
import type { ProcessEnd } from "./launched-process.js";

/** A process that failed: it ended with another exit code than 0, by a signal, or could not be started. */
export interface Failure extends ProcessEnd {
  /** Whether the launcher had killed it by then. */
  readonly wasKilled: boolean;
}

/** Processes that end within such a moment of each other may be seen to end in another order than they failed. */
const MOMENT_MS = 200;

/**
 * Which of several failures brought about the others, of those in the order in which they were seen.
 *
 * The first one, as a rule. But when a process dies, its peers lose their connections to it and end with exit code 1,
 * and may be seen to end first: the system closes a dying process's connections before it reports its death. So a
 * process that a signal ended, or that ended with another exit code, within a moment of the first goes before exit code
 * 1; and so does one that somebody else than the launcher killed (SIGKILL, as when memory runs out) at any time, since
 * that is never the consequence of another's failure and closing what it held can take long. What the launcher brought about itself does not count.
 */
export function firstCause([first, ...later]: readonly [Failure, ...Failure[]]): Failure {
  if (first.code !== 1) return first;
  return later.find((failure) => isCause(failure, first)) ?? first;
}

function isCause({ code, signal, wasKilled, startError, endedMs }: Failure, first: Failure): boolean {
  if (signal === "SIGKILL") return !wasKilled;
  // The launcher has asked the others to stop as soon as it saw the first.
  const wasStopped = signal === "SIGTERM" || code === SIGNAL_EXIT_CODES.SIGTERM || code === SIGNAL_EXIT_CODES.SIGINT;
  return startError === null && code !== 1 && !wasStopped && endedMs - first.endedMs <= MOMENT_MS;
}

/** A failure in words: `rank 1 (process 4242) was killed by SIGKILL`. */
export function failureText({ rank, processId, code, signal, startError }: ProcessEnd, lastErrorLine: string): string {
  if (startError !== null) return `rank ${rank} could not be started: ${startError}`;
  if (signal !== null) return `rank ${rank} (process ${processId}) was killed by ${signal}`;
  const said = lastErrorLine.replace(/^error: /, "");
  if (said === "") return `rank ${rank} (process ${processId}) ended with exit code ${code}`;
  return `rank ${rank} ended with exit code ${code}: ${said}`;
}
