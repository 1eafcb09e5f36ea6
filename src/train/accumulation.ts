import { InputError } from "../text/errors.js";

/**
 * Checks that a step of several batches is one of one process, and is not left out in part.
 * @throws InputError naming the key and what contradicts it
 */
export function checkAccumulation(every: number, onNan: string, processes: number): void {
  if (every === 1) return;
  const expected = "optim.accumulate: expected 1";
  if (processes > 1) {
    throw new InputError(`${expected} with ${processes} processes, which share each batch already, found ${every}`);
  }
  if (onNan !== "stop") {
    throw new InputError(`${expected} with \`onNan\` ${onNan}, which leaves out single batches, found ${every}`);
  }
}

/** A batch's place among those whose gradients are averaged for one step. */
export interface AccumulationPlace {
  /** The first batch of the step, counted from 0 in the epoch. */
  readonly first: number;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  /** Batches of the step: of an epoch's last one those that are left. */
  readonly size: number;
}

/** Where a batch stands among each `every` batches of an epoch. */
export function accumulationPlace(batch: number, batches: number, every: number): AccumulationPlace {
  const first = batch - (batch % every);
  const size = Math.min(every, batches - first);
  return { first, isFirst: batch === first, isLast: batch === first + size - 1, size };
}
