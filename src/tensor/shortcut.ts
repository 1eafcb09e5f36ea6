import { tensorOperator } from "./operator.js";
import type { Tensor } from "./tensor.js";

const nativeHalveAndPad = tensorOperator("weight_search::halve_and_pad");

/**
 * Every other row and column, and `before` channels of zeros ahead of the channels, `after` behind:
 * `[N, C, H, W]` → `[N, before + C + after, ⌈H/2⌉, ⌈W/2⌉]`. Float32 channels-last images on the CPU take
 * one pass over memory; everything else is composed of LibTorch's operators.
 * @see He et al., "Deep Residual Learning for Image Recognition", CVPR 2016, option A
 */
export function halveAndPad(input: Tensor, before: number, after: number): Tensor {
  return nativeHalveAndPad(input, before, after);
}
