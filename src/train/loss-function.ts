import type { Tensor } from "../tensor/tensor.js";

/** What a loss function is told besides the outputs and the target. */
export interface LossContext {
  /** α of the training config, 0 in validation. */
  readonly labelSmoothing: number;
}

/**
 * A loss function of one's own: logits `[N, C]` and the target → the mean over the batch, a scalar `[]`. The target is
 * class indices, int64 `[N]`, or where labels are mixed probabilities, float `[N, C]`.
 */
export type LossFunction = (logits: Tensor, target: Tensor, context: LossContext) => Tensor;
