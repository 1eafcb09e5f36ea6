import { equal, mul } from "../tensor/arithmetic.js";
import { sum, topk } from "../tensor/reduce.js";
import { slice, unsqueeze } from "../tensor/shape.js";
import { scope, type Tensor } from "../tensor/tensor.js";

/**
 * Counts top-1 and top-5 hits (top-C for C < 5 classes): two int64 scalars. Logits `[B, C]`, labels `[B]`. An image with a
 * NaN among its logits has no hit: NaN counts as the highest.
 */
export function correctCounts(logits: Tensor, labels: Tensor): { top1: Tensor; top5: Tensor } {
  const [, numClasses = 1] = logits.shape;
  const { values, indices } = topk(logits, Math.min(5, numClasses));
  const highest = slice(values, 1, 0, 1);
  const hits = mul(equal(indices, unsqueeze(labels, 1)), equal(highest, highest));
  return { top1: sum(slice(hits, 1, 0, 1)), top5: sum(hits) };
}

/** The same as numbers, which waits for the device. */
export function countCorrect(logits: Tensor, labels: Tensor): { top1: number; top5: number } {
  return scope(() => {
    const { top1, top5 } = correctCounts(logits, labels);
    return { top1: top1.item(), top5: top5.item() };
  });
}
