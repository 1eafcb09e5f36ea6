import { tensorOperator } from "./operator.js";
import type { Tensor } from "./tensor.js";

const nativeMaxPool = tensorOperator("weight_search::max_pool2d");
const atenAvgPool = tensorOperator("aten::avg_pool2d");
const atenAdaptiveAvgPool = tensorOperator("aten::adaptive_avg_pool2d");

/**
 * The maximum of every kernel × kernel window: `[N, C, H, W]` → `[N, C, H', W']`; stride defaults to the kernel. The
 * first of equals is chosen; a NaN always.
 *
 * 2 × 2 windows of float32 channels-last images of even height and width on the CPU use an operator that keeps one byte
 * per output for the backward pass, where LibTorch's keeps 8 and the input.
 */
export function maxPool2d(input: Tensor, kernel: number, { stride = kernel, padding = 0 } = {}): Tensor {
  return nativeMaxPool(input, kernel, stride, padding);
}

/** The mean of every kernel × kernel window; stride defaults to the kernel. */
export function avgPool2d(input: Tensor, kernel: number, { stride = kernel, padding = 0 } = {}): Tensor {
  return atenAvgPool(input, kernel, stride, padding);
}

/** Means over a grid of cells: `[N, C, H, W]` → `[N, C, height, width]`; cells differ by a pixel where they must. */
export function adaptiveAvgPool2d(input: Tensor, size: number | readonly [number, number]): Tensor {
  return atenAdaptiveAvgPool(input, typeof size === "number" ? [size, size] : size);
}

/** The mean over each image: `[N, C, H, W]` → `[N, C, 1, 1]`. */
export function globalAvgPool2d(input: Tensor): Tensor {
  return atenAdaptiveAvgPool(input, 1);
}
