import { tensorOperator } from "./operator.js";
import type { Tensor } from "./tensor.js";

const nativeConvolution = tensorOperator("weight_search::convolution");
const atenConv1d = tensorOperator("aten::conv1d");
const nativeLinear = tensorOperator("weight_search::linear");

export interface ConvolutionOptions {
  /** Pixels between two outputs; default 1. */
  readonly stride?: number | readonly [number, number];
  /** Zeros around the input; default 0. */
  readonly padding?: number | readonly [number, number];
  /** Pixels between two taps; default 1. */
  readonly dilation?: number | readonly [number, number];
  /** Groups of channels that do not mix; default 1. */
  readonly groups?: number;
  /** Chunks of the batch by which gradients of the weight are summed, see `ReductionChunks`. */
  readonly chunks?: ReductionChunks;
}

/**
 * A batch of n images, as this many processes would share it: chunk p is the images ⌊p · n / chunks⌋ … ⌊(p + 1) · n / chunks⌋ − 1. What is
 * summed over the batch is summed in each chunk by itself, rounded to float32, and then added up. So the bits are those that
 * the processes get with one chunk each, and they do not depend on the number of threads. `undefined`: as LibTorch sums.
 */
export type ReductionChunks = number | undefined;

/**
 * out[n, o, y, x] = bias[o] + Σ_{c, i, j} weight[o, c, i, j] · in[n, c, y·stride + i − padding, x·stride + j − padding].
 * `[N, C, H, W]`, weight `[O, C/groups, kH, kW]`, bias `[O]` → `[N, O, H', W']`,
 * H' = ⌊(H + 2·padding − dilation·(kH − 1) − 1) / stride⌋ + 1. The result is laid out in memory like the input.
 *
 * Most convolutions of residual networks, 3×3 with stride 1 and padding 1, are computed by Winograd's algorithm with a quarter
 * of the multiplications: float32 channels-last images of at least 3×3 pixels on a CPU with AVX2, channels multiples of 16.
 * Rounding errors are two to three times those of LibTorch's convolution, some 1e-6 of the result.
 *
 * `chunks` is for float32 channels-last images on the CPU without bias; others are summed as LibTorch does.
 * @see Lavin, Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016
 */
export function conv2d(input: Tensor, weight: Tensor, bias: Tensor | null, options: ConvolutionOptions = {}): Tensor {
  const { stride = 1, padding = 0, dilation = 1, groups = 1, chunks } = options;
  return nativeConvolution(input, weight, bias, stride, padding, dilation, groups, chunks);
}

/**
 * out[n, o, x] = bias[o] + Σ_{c, i} weight[o, c, i] · in[n, c, x·stride + i·dilation − padding]: `[N, C, L]`, weight
 * `[O, C/groups, k]`, bias `[O]` → `[N, O, L']`, L' as a side of `conv2d`.
 */
export function conv1d(
  input: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  { stride = 1, padding = 0, dilation = 1, groups = 1 } = {},
): Tensor {
  return atenConv1d(input, weight, bias, [stride], [padding], [dilation], groups);
}

/**
 * out = in · weightᵀ + bias: `[N, I]`, weight `[O, I]`, bias `[O]` → `[N, O]`. `chunks`, see `ReductionChunks`, is for float32 on the CPU; others
 * are summed as LibTorch does.
 */
export function linear(input: Tensor, weight: Tensor, bias: Tensor | null = null, chunks?: ReductionChunks): Tensor {
  return nativeLinear(input, weight, bias, chunks);
}
