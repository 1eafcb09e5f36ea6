import { tensorOperator } from "./operator.js";
import type { Tensor } from "./tensor.js";

const atenMaxPool = tensorOperator("aten::max_pool2d");
const atenAvgPool = tensorOperator("aten::avg_pool2d");
const atenAdaptiveAvgPool = tensorOperator("aten::adaptive_avg_pool2d");

/** The greatest of every kernel × kernel window: `[N, C, H, W]` → `[N, C, H', W']`; stride defaults to the kernel. */
export function maxPool2d(input: Tensor, kernel: number, { stride = kernel, padding = 0 } = {}): Tensor {
  return atenMaxPool(input, kernel, stride, padding, 1, false);
}

/** The mean of every kernel × kernel window; stride defaults to the kernel. */
export function avgPool2d(input: Tensor, kernel: number, { stride = kernel, padding = 0 } = {}): Tensor {
  return atenAvgPool(input, kernel, stride, padding);
}

/** The mean over each image: `[N, C, H, W]` → `[N, C, 1, 1]`. */
export function globalAvgPool2d(input: Tensor): Tensor {
  return atenAdaptiveAvgPool(input, 1);
}
