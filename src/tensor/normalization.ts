import { reluInPlace } from "./activation.js";
import { addInPlace } from "./arithmetic.js";
import { tensorOperator } from "./operator.js";
import type { Tensor } from "./tensor.js";

const atenBatchNorm = tensorOperator("aten::batch_norm");
const atenLayerNorm = tensorOperator("aten::layer_norm");
const nativeBatchNormRelu = tensorOperator("weight_search::batch_norm_relu");
const nativeSyncBatchNorm = tensorOperator("weight_search::sync_batch_norm");

/** The group of a single process. */
const ALONE = 0;

export interface BatchNormOptions {
  readonly momentum?: number;
  readonly epsilon?: number;
  /**
   * Handle of the process group over whose images training statistics are computed; by default over this process's
   * alone.
   */
  readonly group?: number | null;
  /** Chunks of the batch by which `batchNormRelu` sums where it is fused, see `ReductionChunks`; default 1. */
  readonly chunks?: number;
}

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
 *
 * With a process group the batch is the global batch: μ, σ² and, in the backward pass, the two means in ∂L/∂x are taken
 * over all its images; ∂L/∂γ and ∂L/∂β are this process's share, summed with the other gradients. Every process must
 * then call this for the same layers in the same order.
 */
export function batchNorm(
  input: Tensor,
  state: BatchNormState,
  training: boolean,
  { momentum = 0.1, epsilon = 1e-5, group = null }: BatchNormOptions = {},
): Tensor {
  const { weight, bias, runningMean, runningVar } = state;
  if (training && group !== null) {
    return nativeSyncBatchNorm(input, weight, bias, runningMean, runningVar, momentum, epsilon, group);
  }
  return atenBatchNorm(input, weight, bias, runningMean, runningVar, training, momentum, epsilon, false);
}

/**
 * y = γ (x − μ) / √(σ² + ε) + β over the last dimension: `[…, C]`, γ and β `[C]` → `[…, C]`; μ and σ² (biased) are
 * each row's.
 */
export function layerNorm(input: Tensor, weight: Tensor, bias: Tensor, epsilon = 1e-5): Tensor {
  return atenLayerNorm(input, weight.shape, weight, bias, epsilon);
}

/**
 * y = max(batchNorm(x) + residual, 0), see `batchNorm`: the block after every convolution of a ResNet.
 *
 * In training, float32 channels-last images on the CPU use one fused operator, which reads and writes half as much
 * memory and sums the statistics more exactly than LibTorch's; everything else is composed of LibTorch's operators.
 */
export function batchNormRelu(
  input: Tensor,
  residual: Tensor | null,
  state: BatchNormState,
  training: boolean,
  options: BatchNormOptions = {},
): Tensor {
  if (training) return trained(input, residual, state, options, true);
  return reluInPlace(evaluated(input, residual, state, options));
}

/** y = batchNorm(x) + residual, computed as `batchNormRelu` is. */
export function batchNormAdd(
  input: Tensor,
  residual: Tensor | null,
  state: BatchNormState,
  training: boolean,
  options: BatchNormOptions = {},
): Tensor {
  return training ? trained(input, residual, state, options, false) : evaluated(input, residual, state, options);
}

function trained(
  input: Tensor,
  residual: Tensor | null,
  { weight, bias, runningMean, runningVar }: BatchNormState,
  { momentum = 0.1, epsilon = 1e-5, group = null, chunks = 1 }: BatchNormOptions,
  rectify: boolean,
): Tensor {
  const sums = [momentum, epsilon, group ?? ALONE, chunks] as const;
  return nativeBatchNormRelu(input, residual, weight, bias, runningMean, runningVar, ...sums, rectify);
}

function evaluated(input: Tensor, residual: Tensor | null, state: BatchNormState, options: BatchNormOptions): Tensor {
  const normalized = batchNorm(input, state, false, options);
  return residual === null ? normalized : addInPlace(normalized, residual);
}
