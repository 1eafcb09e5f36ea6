import assert from "node:assert/strict";
import { test } from "node:test";
import { mul } from "./arithmetic.js";
import { arange, randn, zeros } from "./create.js";
import { sum } from "./reduce.js";
import { clone, contiguous, reshape } from "./shape.js";
import { halveAndPad } from "./shortcut.js";
import { scope, type Tensor } from "./tensor.js";

test("by hand: every other pixel, zeros around its channels", () => {
  const image = contiguous(reshape(arange(1, 10, "float32"), [1, 1, 3, 3]), "channels_last");
  const result = halveAndPad(image, 1, 2);
  assert.deepEqual(result.shape, [1, 4, 2, 2]);
  assert.deepEqual(contiguous(result).toArray(), [0, 0, 0, 0, 1, 3, 7, 9, 0, 0, 0, 0, 0, 0, 0, 0]);
});

for (const [height, width, before, after] of [
  [8, 8, 2, 2],
  [5, 6, 0, 3],
  [1, 7, 1, 0],
  [40, 2, 0, 0],
] as const) {
  test(`equals the composition, gradient too: ${height}×${width}, ${before} + ${after} channels`, () => {
    scope(() => {
      const image = randn([3, 4, height, width]);
      const upstream = randn([3, before + 4 + after, Math.ceil(height / 2), Math.ceil(width / 2)]);
      const pass = (x: Tensor) => {
        x.requiresGrad = true;
        const y = halveAndPad(x, before, after);
        sum(mul(y, upstream)).backward();
        return [contiguous(y).toArray(), contiguous(x.grad as Tensor).toArray()];
      };
      assert.deepEqual(pass(clone(contiguous(image, "channels_last"))), pass(clone(image)));
    });
  });
}

test("channels are never taken away, and rows of numbers are no images", () => {
  scope(() => {
    const image = contiguous(zeros([2, 3, 4, 4]), "channels_last");
    assert.throws(() => halveAndPad(image, -1, 1), /must be from 0 to 2147483648, not -1 and 1/);
    assert.throws(() => halveAndPad(zeros([2, 3]), 1, 1), /weight_search::halve_and_pad/);
  });
});
