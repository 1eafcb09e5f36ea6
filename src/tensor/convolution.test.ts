import assert from "node:assert/strict";
import { test } from "node:test";
import { checkGradient, spread } from "../../tests/support/gradient.js";
import { assertNear } from "../../tests/support/near.js";
import { addon } from "./addon.js";
import { type ConvolutionOptions, conv2d, linear } from "./convolution.js";
import { arange, tensor, zeros } from "./create.js";
import { contiguous, reshape } from "./shape.js";

test("conv2d by hand: 3×3 image, 2×2 kernel", () => {
  const image = tensor([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 1, 3, 3]);
  const kernel = tensor([1, 0, 0, -1], [1, 1, 2, 2]);
  const result = conv2d(image, kernel, tensor([10]));
  assert.deepEqual(result.shape, [1, 1, 2, 2]);
  assert.deepEqual(result.toArray(), [6, 6, 6, 6]);
});

test("conv2d sums over channels, pads with zeros and steps by the stride", () => {
  const image = tensor([1, 2, 3, 4, 10, 20, 30, 40], [1, 2, 2, 2]);
  const ones = tensor(new Array<number>(18).fill(1), [1, 2, 3, 3]);
  assert.deepEqual(conv2d(image, ones, null, { padding: 1 }).toArray(), [110, 110, 110, 110]);
  assert.deepEqual(conv2d(image, tensor([1, 1], [1, 2, 1, 1]), null, { stride: 2 }).toArray(), [11]);
});

test("height and width may have their own stride, padding and dilation", () => {
  const image = reshape(arange(0, 12, "float32"), [1, 1, 3, 4]);
  const one = tensor([1], [1, 1, 1, 1]);
  assert.deepEqual(conv2d(image, one, null, { stride: [1, 2] }).toArray(), [0, 2, 4, 6, 8, 10]);
  assert.deepEqual(conv2d(image, one, null, { padding: [1, 0] }).shape, [1, 1, 5, 4]);
  assert.deepEqual(conv2d(image, tensor([1, 1], [1, 1, 1, 2]), null, { dilation: 3 }).toArray(), [3, 11, 19]);
});

test("groups do not mix", () => {
  const image = tensor([1, 2], [1, 2, 1, 1]);
  assert.deepEqual(conv2d(image, tensor([3, 5], [2, 1, 1, 1]), null, { groups: 2 }).toArray(), [3, 10]);
});

test("the result is laid out like the input, with the same numbers", () => {
  const image = tensor(spread(2 * 3 * 5 * 5), [2, 3, 5, 5]);
  const weight = tensor(spread(4 * 3 * 9, 7), [4, 3, 3, 3]);
  const last = conv2d(contiguous(image, "channels_last"), weight, null, { padding: 1 });
  assert.ok(addon().isContiguous(last.handle, true));
  assertNear(last.toArray(), conv2d(image, weight, null, { padding: 1 }).toArray(), { absolute: 1e-5 });
});

test("gradients of conv2d with respect to input, weight and bias", () => {
  const cases: ConvolutionOptions[] = [{}, { padding: 1, stride: 2 }, { dilation: 2, padding: [2, 1] }];
  for (const options of cases) {
    checkGradient(
      [
        { values: spread(2 * 2 * 4 * 4), shape: [2, 2, 4, 4] },
        { values: spread(3 * 2 * 4, 5), shape: [3, 2, 2, 2] },
        { values: spread(3, 9), shape: [3] },
      ],
      (input, weight, bias) => conv2d(input, weight, bias, options),
    );
  }
});

test("linear, with and without bias, and its gradient", () => {
  const x = tensor([1, 2, 3, 4], [2, 2]);
  const weight = tensor([1, 0, 0, 1, 1, 1], [3, 2]);
  assert.deepEqual(linear(x, weight).toArray(), [1, 2, 3, 3, 4, 7]);
  assert.deepEqual(linear(x, weight, tensor([10, 20, 30])).toArray(), [11, 22, 33, 13, 24, 37]);
  checkGradient(
    [
      { values: spread(6), shape: [2, 3] },
      { values: spread(12, 3), shape: [4, 3] },
      { values: spread(4, 8), shape: [4] },
    ],
    (input, matrix, bias) => linear(input, matrix, bias),
  );
});

test("channels that do not fit are an error with both shapes", () => {
  assert.throws(
    () => conv2d(zeros([1, 3, 4, 4]), zeros([2, 5, 3, 3]), null),
    /weight_search::convolution\(input: float32 \[1, 3, 4, 4\], weight: float32 \[2, 5, 3, 3\]\)/,
  );
  assert.throws(
    () => conv2d(zeros([1, 3, 4, 4]), zeros([2, 3, 3, 3]), null, { stride: 0 }),
    /weight_search::convolution/,
  );
  assert.throws(() => conv2d(zeros([1, 3, 4, 4]), zeros([2, 3, 9, 9]), null), /Kernel size/);
  assert.throws(() => linear(zeros([1, 3]), zeros([2, 4])), /weight_search::linear\(input: float32 \[1, 3\]/);
});
