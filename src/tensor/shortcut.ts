import { areFusable } from "./fusable.js";
import { tensorOperator } from "./operator.js";
import { pad, slice } from "./shape.js";
import type { Tensor } from "./tensor.js";

const nativeHalveAndPad = tensorOperator("weight_search::halve_and_pad");

/**
 * Every other row and column, and `before` channels of zeros ahead of the channels, `after` behind:
 * `[N, C, H, W]` → `[N, before + C + after, ⌈H/2⌉, ⌈W/2⌉]`. Float32 channels-last images on the CPU take one operator.
 * @see He et al., "Deep Residual Learning for Image Recognition", CVPR 2016, option A
 */
export function halveAndPad(input: Tensor, before: number, after: number): Tensor {
  if (areFusable(input)) return nativeHalveAndPad(input, before, after);
  const rows = slice(input, 2, 0, Number.MAX_SAFE_INTEGER, 2);
  const halved = slice(rows, 3, 0, Number.MAX_SAFE_INTEGER, 2);
  return pad(halved, [0, 0, 0, 0, before, after]);
}
