import assert from "node:assert/strict";
import { test } from "node:test";
import { assertNear } from "../../../tests/support/near.js";
import { addon } from "../../tensor/addon.js";
import { div, mul, sub } from "../../tensor/arithmetic.js";
import { fromTypedArray, ones, tensor } from "../../tensor/create.js";
import { tensorOperator } from "../../tensor/operator.js";
import { contiguous } from "../../tensor/shape.js";
import { normalizePixels, zeroRectanglesInPlace } from "./batch-operators.js";

const permute = tensorOperator("aten::permute");
const toDtype = tensorOperator("aten::to", "dtype");

const mean = [0.485, 0.456, 0.406];
const std = [0.229, 0.224, 0.225];

test("bytes become (byte / 255 − mean) / std, as LibTorch composes it", () => {
  const shape = [2, 130, 70, 3];
  const bytes = fromTypedArray(
    Uint8Array.from({ length: 2 * 130 * 70 * 3 }, (_, i) => (i * 7919) >>> 5),
    shape,
  );
  const found = normalizePixels(bytes, mean, std);
  const numbers = permute(toDtype(bytes, "float32"), [0, 3, 1, 2]);
  const channels = (values: number[]) => tensor(values, [1, 3, 1, 1]);
  const expected = div(sub(div(numbers, tensor([255])), channels(mean)), channels(std));
  assert.deepEqual(found.shape, [2, 3, 130, 70]);
  assert.equal(found.dtype, "float32");
  assertNear(found.toArray() as number[], expected.toArray() as number[], { absolute: 2e-6 });
});

test("the batch is channels-last, of any number of channels and of none", () => {
  const grey = normalizePixels(fromTypedArray(Uint8Array.from([0, 255]), [1, 1, 2, 1]), [0.5], [0.5]);
  assert.deepEqual(grey.toArray(), [-1, 1]);
  const rgb = normalizePixels(fromTypedArray(new Uint8Array(24), [2, 2, 2, 3]), mean, std);
  assert.ok(addon().isContiguous(rgb.handle, true));
  assert.deepEqual(normalizePixels(fromTypedArray(new Uint8Array(0), [0, 4, 4, 3]), mean, std).shape, [0, 3, 4, 4]);
});

test("other shapes and types are errors", () => {
  const bytes = fromTypedArray(new Uint8Array(12), [1, 2, 2, 3]);
  assert.throws(() => normalizePixels(ones([1, 2, 2, 3]), mean, std), /pixels must be uint8 \[B, H, W, C\]/);
  assert.throws(() => normalizePixels(bytes, [0.5], [0.5]), /mean and std need 3 numbers each/);
});

test("rectangles become 0 in every channel, in any layout, clipped to the image", () => {
  const rectangles = [
    [0, 1, 2, 3, 4],
    [2, -5, -5, 2, 2],
    [2, 3, 3, 99, 99],
    [1, 4, 4, 2, 2],
    [1, 0, 3, 5, 3],
    [1, -9, 0, -3, 9],
  ];
  const table = fromTypedArray(BigInt64Array.from(rectangles.flat(), BigInt), [rectangles.length, 5]);
  // A mask by hand, multiplied in by LibTorch.
  const mask = ones([3, 2, 5, 6]).toArray() as number[];
  for (const [image = 0, top = 0, left = 0, bottom = 0, right = 0] of rectangles) {
    for (let c = 0; c < 2; c++) {
      for (let y = 0; y < 5; y++) {
        for (let x = 0; x < 6; x++) {
          if (y >= top && y < bottom && x >= left && x < right) mask[((image * 2 + c) * 5 + y) * 6 + x] = 0;
        }
      }
    }
  }
  const values = Array.from({ length: 180 }, (_, i) => i + 1);
  for (const layout of ["contiguous_format", "channels_last"] as const) {
    const images = contiguous(tensor(values, [3, 2, 5, 6]), layout);
    const expected = mul(images, tensor(mask, [3, 2, 5, 6])).toArray();
    zeroRectanglesInPlace(images, table);
    assert.deepEqual(images.toArray(), expected);
  }
});

test("a rectangle of no image changes nothing, and is named", () => {
  const images = ones([2, 1, 2, 2]);
  const table = fromTypedArray(BigInt64Array.from([0n, 0n, 0n, 2n, 2n, 2n, 0n, 0n, 1n, 1n]), [2, 5]);
  assert.throws(() => zeroRectanglesInPlace(images, table), /image 2 is not in 0 … 1/);
  assert.deepEqual(images.toArray(), Array<number>(8).fill(1));
  assert.throws(() => zeroRectanglesInPlace(images, ones([1, 5])), /rectangles must be int64 \[R, 5\]/);
});
