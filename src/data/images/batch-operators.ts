import { tensorOperator } from "../../tensor/operator.js";
import type { Tensor } from "../../tensor/tensor.js";

const normalize = tensorOperator("weight_search::normalize_pixels");
const zeroInPlace = tensorOperator("weight_search::zero_rectangles_");

/**
 * Converts bytes to a batch in one pass over memory: uint8 `[B, H, W, C]` → float32 `[B, C, H, W]`, channels-last in
 * memory, (byte / 255 − mean_c) / std_c.
 *
 * @param mean `[C]`, as `std`
 * @throws LibTorch's error for another shape or type
 */
export function normalizePixels(pixels: Tensor, mean: readonly number[], std: readonly number[]): Tensor {
  return normalize(pixels, mean, std);
}

/**
 * Zeroes rectangles of images in every channel, in place, and returns the images.
 *
 * @param images floating point `[B, C, H, W]`, of any layout
 * @param rectangles int64 `[R, 5]`: image, top, left, bottom, right; rows top … bottom − 1 and columns left … right −
 *   1,
 * as far as they lie in the image
 * @throws LibTorch's error for another shape or type or an image that is not in the batch
 */
export function zeroRectanglesInPlace(images: Tensor, rectangles: Tensor): Tensor {
  return zeroInPlace(images, rectangles);
}
