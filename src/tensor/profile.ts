import { addon } from "./addon.js";
import type { OperatorTime } from "./addon-types.js";

/**
 * Starts to measure every LibTorch operator that this thread calls and every node of its backward passes on the CPU.
 * Costs about a microsecond per call while active, and nothing otherwise. Operators that run asynchronously on another
 * device count with the time of their launch.
 * @param withInputs distinguishes calls of an operator by their shapes
 * @throws if this thread is being profiled already
 */
export function startProfile({ withInputs = false } = {}): void {
  addon().startProfile(withInputs);
}

/**
 * Ends the profile that `startProfile` began.
 * @returns one entry per operator, or per operator and its inputs, in no particular order
 * @throws if this thread is not being profiled
 */
export function stopProfile(): readonly OperatorTime[] {
  return addon().stopProfile();
}
