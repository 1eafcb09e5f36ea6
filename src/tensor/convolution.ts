import { addon } from "./addon.js";
import { areFusable } from "./fusable.js";
import { tensorOperator } from "./operator.js";
import type { Tensor } from "./tensor.js";

const atenConv2d = tensorOperator("aten::conv2d");
const atenLinear = tensorOperator("aten::linear");
const winogradConvolution = tensorOperator("weight_search::winograd_convolution");

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
 *
 * Most convolutions of residual networks, 3×3 with stride 1 and padding 1, are computed by Winograd's algorithm with a quarter
 * of the multiplications: float32 channels-last images of at least 3×3 pixels on a CPU with AVX2, channels multiples of 16.
 * Rounding errors are two to three times those of LibTorch's convolution, some 1e-6 of the result.
 * @see Lavin, Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016
 */
export function conv2d(input: Tensor, weight: Tensor, bias: Tensor | null, options: ConvolutionOptions = {}): Tensor {
  const { stride = 1, padding = 0, dilation = 1, groups = 1 } = options;
  if (
    stride === 1 &&
    padding === 1 &&
    dilation === 1 &&
    groups === 1 &&
    bias === null &&
    isForWinograd(input, weight)
  ) {
    return winogradConvolution(input, weight);
  }
  return atenConv2d(input, weight, bias, stride, padding, dilation, groups);
}

/** Its loops take this many channels at once. */
const WINOGRAD_CHANNELS = 16;
/** Tiles of 4×4 outputs: on smaller images most of a tile would be thrown away. */
const LEAST_WINOGRAD_SIDE = 3;

let hasWinograd: boolean | undefined;

function isForWinograd(input: Tensor, weight: Tensor): boolean {
  const [outputs = 0, inputs = 0, kernelHeight, kernelWidth] = weight.shape;
  if (
    kernelHeight !== 3 ||
    kernelWidth !== 3 ||
    outputs % WINOGRAD_CHANNELS !== 0 ||
    inputs % WINOGRAD_CHANNELS !== 0
  ) {
    return false;
  }
  hasWinograd ??= addon().versions().winograd !== "none";
  const [images = 0, channels, height = 0, width = 0] = input.shape;
  return (
    hasWinograd &&
    input.shape.length === 4 &&
    images > 0 &&
    channels === inputs &&
    Math.min(height, width) >= LEAST_WINOGRAD_SIDE &&
    weight.dtype === "float32" &&
    weight.device === "cpu" &&
    areFusable(input)
  );
}

/** out = in · weightᵀ + bias: `[N, I]`, weight `[O, I]`, bias `[O]` → `[N, O]`. */
export function linear(input: Tensor, weight: Tensor, bias: Tensor | null = null): Tensor {
  return atenLinear(input, weight, bias);
}
