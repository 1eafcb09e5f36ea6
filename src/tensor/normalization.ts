import { tensorOperator } from "./operator.js";
import type { Tensor } from "./tensor.js";

const atenBatchNorm = tensorOperator("aten::batch_norm");

export interface BatchNormState {
  /** γ `[C]`. */
  readonly weight: Tensor;
  /** β `[C]`. */
  readonly bias: Tensor;
  /** Running mean `[C]`; in training moved in place by `momentum`. */
  readonly runningMean: Tensor;
  /** Running variance (unbiased) `[C]`; in training moved in place by `momentum`. */
  readonly runningVar: Tensor;
}

/**
 * y = γ (x − μ) / √(σ² + ε) + β by channel of `[N, C, H, W]`. In training μ, σ² are the batch's and the running
 * statistics move towards them: r ← (1 − momentum) r + momentum · batch. Otherwise they are the running ones.
 */
export function batchNorm(
  input: Tensor,
  state: BatchNormState,
  training: boolean,
  { momentum = 0.1, epsilon = 1e-5 } = {},
): Tensor {
  const { weight, bias, runningMean, runningVar } = state;
  return atenBatchNorm(input, weight, bias, runningMean, runningVar, training, momentum, epsilon, false);
}
