import { addon, type OperatorTime } from "./addon.js";

/**
 * Measures, from now on, every operator of LibTorch that this thread calls and every node of its backward passes on the
 * CPU. Costs a microsecond or so a call; before and after, nothing. Operators that run later on another device count
 * with the time it takes to start them.
 * @param withInputs tell apart calls of one operator with other shapes
 * @throws when a profile is being taken already in this thread
 */
export function startProfile({ withInputs = false } = {}): void {
  addon().startProfile(withInputs);
}

/**
 * Ends what `startProfile` began.
 * @returns one entry an operator, or an operator and its inputs, in no particular order
 * @throws when no profile is being taken in this thread
 */
export function stopProfile(): readonly OperatorTime[] {
  return addon().stopProfile();
}
