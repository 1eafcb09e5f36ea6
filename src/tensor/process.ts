import type { StopSignal } from "../system/signals.js";
import { addon } from "./addon.js";

const SIGNALS: ReadonlyMap<number, StopSignal> = new Map([
  [2, "SIGINT"],
  [15, "SIGTERM"],
]);

/**
 * From now on the first SIGINT or SIGTERM is noted, for `askedToStop`, and answered on standard error by `first`; a second
 * one writes `second` and ends the process at once with code 130 or 143. Both hold while an operator runs too, when Node
 * would hear of no signal. For the main thread; Node's own listeners for these signals no longer hear of them.
 * @param graceMs what comes so soon after the first counts as the same: a launcher may pass on what the terminal sent already
 */
export function watchSignals(first: string, second: string, graceMs = 0): void {
  addon().watchSignals(first, second, graceMs);
}

/** Gives signals their usual effect back: they end the process. */
export function unwatchSignals(): void {
  addon().unwatchSignals();
}

/** The signal that has come since `watchSignals`; `null` when none has. */
export function askedToStop(): StopSignal | null {
  return SIGNALS.get(addon().askedToStop()) ?? null;
}

/**
 * Locks an open file or directory against other processes that ask for its lock, until it is closed or the process ends,
 * however it ends. Returns false when another process has the lock.
 * @throws when the file system has no locks
 */
export function lockFile(descriptor: number): boolean {
  return addon().lockFile(descriptor);
}

/** Asks this process to stop, by SIGTERM, when its parent ends in whatever way, where the system can (Linux). */
export function endWithParent(parent: number): void {
  addon().endWithParent(parent);
}
