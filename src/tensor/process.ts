import type { StopSignal } from "../system/signals.js";
import { addon } from "./addon.js";

const SIGNALS: ReadonlyMap<number, StopSignal> = new Map([
  [2, "SIGINT"],
  [15, "SIGTERM"],
]);

/**
 * Records the first SIGINT or SIGTERM for `stopRequested` and answers it on standard error with `first`; a second one
 * writes `second` and ends the process at once with code 130 or 143. Both work while an operator runs, when Node
 * handles no signals. For the main thread; Node's own listeners for these signals are no longer called.
 * @param graceMs signals this soon after the first count as the same: a launcher may forward what the terminal sent
 *   already
 */
export function watchSignals(first: string, second: string, graceMs = 0): void {
  addon().watchSignals(first, second, graceMs);
}

/** Restores the default action of the signals: they end the process. */
export function unwatchSignals(): void {
  addon().unwatchSignals();
}

/** The signal received since `watchSignals`; `null` if none. */
export function stopRequested(): StopSignal | null {
  return SIGNALS.get(addon().stopRequested()) ?? null;
}

/**
 * Takes the advisory lock of an open file or directory until it is closed or the process ends, however it ends. Returns
 * false if another process holds the lock.
 * @throws if the file system has no locks
 */
export function lockFile(descriptor: number): boolean {
  return addon().lockFile(descriptor);
}

/** Makes the system send this process SIGTERM when its parent ends in whatever way, where supported (Linux). */
export function endWithParent(parent: number): void {
  addon().endWithParent(parent);
}
