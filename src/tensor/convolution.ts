import { tensorOperator } from "./operator.js";
import type { Tensor } from "./tensor.js";

const atenConv2d = tensorOperator("aten::conv2d");
const atenLinear = tensorOperator("aten::linear");

export interface ConvolutionOptions {
  /** Pixels between two outputs; default 1. */
  readonly stride?: number | readonly [number, number];
  /** Zeros around the input; default 0. */
  readonly padding?: number | readonly [number, number];
  /** Pixels between two taps; default 1. */
  readonly dilation?: number | readonly [number, number];
  /** Groups of channels that do not mix; default 1. */
  readonly groups?: number;
}

/**
 * out[n, o, y, x] = bias[o] + Σ_{c, i, j} weight[o, c, i, j] · in[n, c, y·stride + i − padding, x·stride + j − padding].
 * `[N, C, H, W]`, weight `[O, C/groups, kH, kW]`, bias `[O]` → `[N, O, H', W']`,
 * H' = ⌊(H + 2·padding − dilation·(kH − 1) − 1) / stride⌋ + 1. The result is laid out in memory like the input.
 */
export function conv2d(input: Tensor, weight: Tensor, bias: Tensor | null, options: ConvolutionOptions = {}): Tensor {
  const { stride = 1, padding = 0, dilation = 1, groups = 1 } = options;
  return atenConv2d(input, weight, bias, stride, padding, dilation, groups);
}

/** out = in · weightᵀ + bias: `[N, I]`, weight `[O, I]`, bias `[O]` → `[N, O]`. */
export function linear(input: Tensor, weight: Tensor, bias: Tensor | null = null): Tensor {
  return atenLinear(input, weight, bias);
}
