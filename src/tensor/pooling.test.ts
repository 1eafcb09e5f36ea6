import assert from "node:assert/strict";
import { test } from "node:test";
import { checkGradient, spread } from "../../tests/support/gradient.js";
import { mul } from "./arithmetic.js";
import { arange, randn, tensor, zeros } from "./create.js";
import { tensorOperator } from "./operator.js";
import { avgPool2d, globalAvgPool2d, maxPool2d } from "./pooling.js";
import { sum } from "./reduce.js";
import { clone, contiguous, reshape } from "./shape.js";
import { scope, type Tensor } from "./tensor.js";

const image = () => reshape(arange(0, 16, "float32"), [1, 1, 4, 4]);

test("max and mean of windows; the stride is the kernel unless given", () => {
  assert.deepEqual(maxPool2d(image(), 2).toArray(), [5, 7, 13, 15]);
  assert.deepEqual(avgPool2d(image(), 2).toArray(), [2.5, 4.5, 10.5, 12.5]);
  assert.deepEqual(maxPool2d(image(), 2, { stride: 1 }).shape, [1, 1, 3, 3]);
  assert.deepEqual(maxPool2d(image(), 3, { stride: 2, padding: 1 }).toArray(), [5, 7, 13, 15]);
  assert.deepEqual(avgPool2d(image(), 3, { stride: 1 }).toArray(), [5, 6, 9, 10]);
});

test("an odd last row and column are left out", () => {
  assert.deepEqual(maxPool2d(zeros([1, 1, 5, 5]), 2).shape, [1, 1, 2, 2]);
});

test("the mean over each image", () => {
  const result = globalAvgPool2d(reshape(arange(0, 16, "float32"), [2, 2, 2, 2]));
  assert.deepEqual(result.shape, [2, 2, 1, 1]);
  assert.deepEqual(result.toArray(), [1.5, 5.5, 9.5, 13.5]);
});

test("channels-last images give the same", () => {
  const images = reshape(arange(0, 96, "float32"), [2, 3, 4, 4]);
  const last = contiguous(images, "channels_last");
  for (const pool of [
    (x: typeof images) => maxPool2d(x, 2),
    (x: typeof images) => avgPool2d(x, 2),
    (x: typeof images) => globalAvgPool2d(x),
  ]) {
    assert.deepEqual(pool(last).toArray(), pool(images).toArray());
  }
});

test("2 × 2 windows of channels-last images: LibTorch's values and gradients, ties and NaN too", () => {
  for (const shape of [
    [2, 3, 4, 6],
    [3, 70, 2, 2],
    [1, 64, 8, 4],
  ]) {
    scope(() => {
      const size = shape.reduce((product, side) => product * side, 1);
      const values = spread(size).map((x, i) => (i % 23 === 0 ? Number.NaN : Math.round(4 * x)));
      const upstream = randn([shape[0] ?? 0, shape[1] ?? 0, (shape[2] ?? 0) / 2, (shape[3] ?? 0) / 2]);
      const pass = (x: Tensor) => {
        x.requiresGrad = true;
        const y = maxPool2d(x, 2);
        sum(mul(y, upstream)).backward();
        return [contiguous(y).toArray(), contiguous(x.grad as Tensor).toArray()];
      };
      const rowMajor = tensor(values, shape);
      assert.deepEqual(pass(clone(contiguous(rowMajor, "channels_last"))), pass(rowMajor));
    });
  }
});

test("other windows and images are pooled by LibTorch's operator", () => {
  const composed = tensorOperator("weight_search::composed_max_pool2d");
  for (const [shape, kernel, stride, padding] of [
    [[2, 3, 4, 5], 2, 2, 0],
    [[2, 3, 4, 4], 2, 1, 0],
    [[2, 3, 4, 4], 2, 2, 1],
    [[2, 3, 6, 6], 3, 3, 0],
  ] as const) {
    const images = contiguous(randn(shape), "channels_last");
    const expected = composed(images, kernel, stride, padding);
    assert.deepEqual(maxPool2d(images, kernel, { stride, padding }).shape, expected.shape);
    assert.deepEqual(maxPool2d(images, kernel, { stride, padding }).toArray(), expected.toArray());
  }
});

test("gradients", () => {
  const input = { values: spread(32), shape: [1, 2, 4, 4] };
  checkGradient([input], (x) => maxPool2d(x, 2));
  checkGradient([input], (x) => avgPool2d(x, 2, { stride: 1, padding: 1 }));
  checkGradient([input], (x) => globalAvgPool2d(x));
});

test("impossible windows are errors", () => {
  assert.throws(() => maxPool2d(image(), 0), /weight_search::max_pool2d\(input: float32 \[1, 1, 4, 4\]\)/);
  assert.throws(() => maxPool2d(image(), 2, { stride: 0 }), /weight_search::max_pool2d/);
  assert.throws(() => maxPool2d(image(), 2, { padding: 2 }), /weight_search::max_pool2d/);
  assert.throws(() => avgPool2d(image(), 5), /aten::avg_pool2d/);
});
