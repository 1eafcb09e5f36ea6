import assert from "node:assert/strict";
import { test } from "node:test";
import { full } from "../../tensor/create.js";
import { contiguous } from "../../tensor/shape.js";
import { scope } from "../../tensor/tensor.js";
import { type BatchErasure, eraseRectangles } from "./erase-rectangles.js";

const inImage = (image: number, left: number, fill: BatchErasure["fill"]): BatchErasure => ({
  ...{ image, top: 1, bottom: 2, left, right: left + 2, fill },
});

/** Images `[2, 3, 2, 4]` of sevens after the erasures: row 1 of both images, the first channel and the last. */
function erased(erasures: readonly BatchErasure[], format: "contiguous_format" | "channels_last"): number[][] {
  return scope(() => {
    const images = contiguous(full([2, 3, 2, 4], 7), format);
    eraseRectangles(images, erasures);
    const values = images.toArray();
    assert.ok(
      [0, 8, 16, 24].every((at) => values.slice(at, at + 4).every((value) => value === 7)),
      "row 0 is kept",
    );
    return [4, 20, 28, 44].map((at) => values.slice(at, at + 4));
  });
}

for (const format of ["contiguous_format", "channels_last"] as const) {
  test(`rectangles become zero, a colour or what is given for each element, in this order: ${format}`, () => {
    const sevens = [7, 7, 7, 7];
    assert.deepEqual(erased([], format), [sevens, sevens, sevens, sevens]);
    assert.deepEqual(erased([inImage(1, 0, [0, 0, 0])], format), [sevens, sevens, [0, 0, 7, 7], [0, 0, 7, 7]]);
    const noise = Float32Array.from({ length: 6 }, (_, index) => index);
    assert.deepEqual(erased([inImage(0, 0, [1, 2, 3]), inImage(0, 1, noise), inImage(1, 2, [0, 0, 0])], format), [
      [1, 0, 1, 7],
      [3, 4, 5, 7],
      [7, 7, 0, 0],
      [7, 7, 0, 0],
    ]);
  });
}
