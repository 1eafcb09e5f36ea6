import type { EpochResult } from "./read-run.js";

/**
 * The epoch of the highest top-1 accuracy in validation, the earliest of equals; undefined when none is finite. One whose
 * loss is NaN cannot be it.
 */
export function bestEpoch<Epoch extends Pick<EpochResult, "val">>(epochs: readonly Epoch[]): Epoch | undefined {
  let best: Epoch | undefined;
  for (const epoch of epochs) {
    if (
      Number.isFinite(epoch.val.top1) &&
      !Number.isNaN(epoch.val.loss) &&
      (best === undefined || epoch.val.top1 > best.val.top1)
    )
      best = epoch;
  }
  return best;
}

/** The median of the finite values; undefined if there are none. */
export function median(values: readonly number[]): number | undefined {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  return upper === undefined || lower === undefined ? undefined : (lower + upper) / 2;
}
