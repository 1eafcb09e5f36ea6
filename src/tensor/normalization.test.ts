import assert from "node:assert/strict";
import { test } from "node:test";
import { checkGradient, spread } from "../../tests/support/gradient.js";
import { assertNear } from "../../tests/support/near.js";
import { ones, tensor, zeros } from "./create.js";
import { type BatchNormState, batchNorm, batchNormRelu } from "./normalization.js";
import { contiguous } from "./shape.js";
import type { Tensor } from "./tensor.js";

function state(channels: number, dtype: "float32" | "float64" = "float32"): BatchNormState {
  return {
    weight: ones([channels], dtype),
    bias: zeros([channels], dtype),
    runningMean: zeros([channels], dtype),
    runningVar: ones([channels], dtype),
  };
}

test("training normalizes by the batch and moves the running statistics", () => {
  // Channel 0 holds 1, 3 and channel 1 holds 10, 30: means 2 and 20, biased variances 1 and 100, unbiased 2 and 200.
  const input = tensor([1, 10, 3, 30], [2, 2, 1, 1]);
  const norm = state(2);
  assertNear(batchNorm(input, norm, true).toArray(), [-1, -1, 1, 1], { absolute: 1e-5 });
  assertNear(norm.runningMean.toArray(), [0.2, 2]);
  assertNear(norm.runningVar.toArray(), [0.9 + 0.2, 0.9 + 20]);
});

test("evaluation uses the running statistics and leaves them", () => {
  const norm = {
    weight: tensor([2]),
    bias: tensor([5]),
    runningMean: tensor([3]),
    runningVar: tensor([4 - 1e-5]),
  };
  assertNear(batchNorm(tensor([3, 7], [2, 1, 1, 1]), norm, false).toArray(), [5, 9]);
  assert.deepEqual(norm.runningMean.toArray(), [3]);
});

test("momentum and epsilon are settings", () => {
  const norm = state(1);
  const result = batchNorm(tensor([1, 3], [2, 1, 1, 1]), norm, true, { momentum: 1, epsilon: 3 });
  assertNear(result.toArray(), [-0.5, 0.5]);
  assertNear(norm.runningMean.toArray(), [2]);
});

test("channels-last images give the same", () => {
  const input = tensor(spread(2 * 3 * 4 * 4), [2, 3, 4, 4]);
  assertNear(
    batchNorm(contiguous(input, "channels_last"), state(3), true).toArray(),
    batchNorm(input, state(3), true).toArray(),
    { absolute: 1e-5 },
  );
});

test("gradients in training and in evaluation with respect to input, weight and bias", () => {
  const inputs = [
    { values: spread(2 * 2 * 3 * 3), shape: [2, 2, 3, 3] },
    { values: [0.5, 1.5], shape: [2] },
    { values: [0.1, -0.2], shape: [2] },
  ];
  for (const training of [true, false]) {
    checkGradient(inputs, (input, weight, bias) =>
      batchNorm(input, { ...state(2, "float64"), weight, bias }, training),
    );
  }
});

/** The number of no other processes: then the operator for several computes for this one. */
const ALONE = 0;

test("the operator for several processes is batch normalization where there is one", () => {
  const input = tensor(
    spread(3 * 4 * 5 * 5).map((value) => 3 * value + 10),
    [3, 4, 5, 5],
  );
  for (const images of [input, contiguous(input, "channels_last")]) {
    const [expected, found] = [state(4), state(4)];
    assertNear(batchNorm(images, found, true, { group: ALONE }).toArray(), batchNorm(input, expected, true).toArray(), {
      absolute: 1e-5,
    });
    assertNear(found.runningMean.toArray(), expected.runningMean.toArray());
    assertNear(found.runningVar.toArray(), expected.runningVar.toArray());
  }
});

test("its gradients too, with respect to input, weight and bias", () => {
  const inputs = [
    { values: spread(2 * 2 * 3 * 3), shape: [2, 2, 3, 3] },
    { values: [0.5, 1.5], shape: [2] },
    { values: [0.1, -0.2], shape: [2] },
  ];
  checkGradient(inputs, (input, weight, bias) =>
    batchNorm(input, { ...state(2, "float64"), weight, bias }, true, { group: ALONE }),
  );
});

test("a group that there is not is an error", () => {
  for (const f of [batchNorm, (x: Tensor, s: BatchNormState) => batchNormRelu(x, null, s, true, { group: 99 })]) {
    const input = contiguous(zeros([2, 2, 2, 2]), "channels_last");
    assert.throws(() => f(input, state(2), true, { group: 99 }), /no process group has number 99/);
  }
});

test("another number of channels is an error", () => {
  assert.throws(
    () => batchNorm(zeros([2, 3, 1, 1]), state(2), true),
    /aten::batch_norm\(input: float32 \[2, 3, 1, 1\], weight: float32 \[2\]/,
  );
});
