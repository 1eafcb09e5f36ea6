import { equal } from "../tensor/arithmetic.js";
import { sum, topk } from "../tensor/reduce.js";
import { slice, unsqueeze } from "../tensor/shape.js";
import { scope, type Tensor } from "../tensor/tensor.js";

/** How many labels are the best class, and how many among the five best (or all, when there are fewer classes). */
export function countCorrect(logits: Tensor, labels: Tensor): { top1: number; top5: number } {
  return scope(() => {
    const [, numClasses = 1] = logits.shape;
    const hits = equal(topk(logits, Math.min(5, numClasses)).indices, unsqueeze(labels, 1));
    return { top1: sum(slice(hits, 1, 0, 1)).item(), top5: sum(hits).item() };
  });
}
