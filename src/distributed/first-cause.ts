import { SIGNAL_EXIT_CODES } from "../system/signals.js";
import type { ProcessEnd } from "./launched-process.js";

/** A failed process: it ended with a non-zero exit code or by a signal, or could not be started. */
export interface Failure extends ProcessEnd {
  /** Whether the launcher had killed it by then. */
  readonly wasKilled: boolean;
}

/** Processes that end this close together may be reported in another order than they failed. */
const MOMENT_MS = 200;

/**
 * Finds the failure that caused the others, among failures in the order in which they were reported.
 *
 * Usually the first one. But when a process dies, its peers lose their connections to it, end with exit code 1 and may
 * be reported first: the system closes a dying process's connections before it reports its death. So a process that
 * ended by a signal or with another exit code shortly after the first takes precedence over exit code 1. So does, at
 * any time, one that was killed (SIGKILL, as when memory runs out) by anything but the launcher: that is never the
 * consequence of another failure, and freeing its memory can take long. Failures caused by the launcher itself do not
 * count.
 */
export function firstCause([first, ...later]: readonly [Failure, ...Failure[]]): Failure {
  if (first.code !== 1) return first;
  return later.find((failure) => isCause(failure, first)) ?? first;
}

function isCause({ code, signal, wasKilled, startError, endedMs }: Failure, first: Failure): boolean {
  if (signal === "SIGKILL") return !wasKilled;
  // The launcher stopped the others as soon as it saw the first.
  const wasStopped = signal === "SIGTERM" || code === SIGNAL_EXIT_CODES.SIGTERM || code === SIGNAL_EXIT_CODES.SIGINT;
  return startError === null && code !== 1 && !wasStopped && endedMs - first.endedMs <= MOMENT_MS;
}

/** Describes a failure: `rank 1 (process 4242) was killed by SIGKILL`. */
export function failureText({ rank, processId, code, signal, startError }: ProcessEnd, lastErrorLine: string): string {
  if (startError !== null) return `rank ${rank} could not be started: ${startError}`;
  if (signal !== null) return `rank ${rank} (process ${processId}) was killed by ${signal}`;
  const lastLine = lastErrorLine.replace(/^error: /, "");
  if (lastLine === "") return `rank ${rank} (process ${processId}) ended with exit code ${code}`;
  return `rank ${rank} ended with exit code ${code}: ${lastLine}`;
}
