import { copyInto } from "../../tensor/arithmetic.js";
import { fromTypedArray } from "../../tensor/create.js";
import { select, slice } from "../../tensor/shape.js";
import { scope, type Tensor } from "../../tensor/tensor.js";
import { zeroRectanglesInPlace } from "./batch-operators.js";
import type { Erasure } from "./transforms/erasure.js";

/** What is overwritten in one image of a batch. */
export type BatchErasure = Erasure & { readonly image: number };

/**
 * Overwrites rectangles of normalized images float32 `[B, C, H, W]`, in place and in this order: one native pass where
 * all become zero, else a copy for each.
 */
export function eraseRectangles(images: Tensor, erasures: readonly BatchErasure[]): void {
  if (erasures.length === 0) return;
  if (erasures.every(({ fill }) => !(fill instanceof Float32Array) && fill.every((value) => value === 0))) {
    const rows = erasures.flatMap(({ image, top, left, bottom, right }) => [image, top, left, bottom, right]);
    scope(() => {
      zeroRectanglesInPlace(images, fromTypedArray(BigInt64Array.from(rows, BigInt), [erasures.length, 5]));
    });
    return;
  }
  for (const { image, top, left, bottom, right, fill } of erasures) {
    scope(() => {
      const rectangle = slice(slice(select(images, 0, image), 1, top, bottom), 2, left, right);
      const shape = fill instanceof Float32Array ? [3, bottom - top, right - left] : [3, 1, 1];
      copyInto(rectangle, fromTypedArray(Float32Array.from(fill), shape));
    });
  }
}
