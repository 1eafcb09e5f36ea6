import { areFusable } from "./fusable.js";
import { operator, tensorOperator } from "./operator.js";
import { adopt, type Tensor } from "./tensor.js";

const atenMaxPool = tensorOperator("aten::max_pool2d");
const atenAvgPool = tensorOperator("aten::avg_pool2d");
const atenAdaptiveAvgPool = tensorOperator("aten::adaptive_avg_pool2d");

const nativeMaxPool = operator("weight_search::max_pool_2x2");

/**
 * The maximum of every kernel × kernel window: `[N, C, H, W]` → `[N, C, H', W']`; stride defaults to the kernel. The
 * first of equals is chosen; a NaN always.
 *
 * 2 × 2 windows of float32 channels-last images of even height and width on the CPU use an operator that keeps one byte
 * per output for the backward pass, where LibTorch's keeps 8 and the input.
 */
export function maxPool2d(input: Tensor, kernel: number, { stride = kernel, padding = 0 } = {}): Tensor {
  if (kernel === 2 && stride === 2 && padding === 0 && isHalvable(input)) {
    const [values, choices] = nativeMaxPool(input) as [number, number];
    adopt(choices).release();
    return adopt(values);
  }
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

function isHalvable(input: Tensor): boolean {
  const { shape } = input;
  return (
    shape.length === 4 &&
    shape.every((side, dimension) => side > 0 && (dimension < 2 || side % 2 === 0)) &&
    areFusable(input)
  );
}
