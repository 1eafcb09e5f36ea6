import assert from "node:assert/strict";
import { test } from "node:test";
import { assertNear } from "../../tests/support/near.js";
import { tensor, zeros } from "../tensor/create.js";
import { manualSeed } from "../tensor/runtime.js";
import { BatchNorm2d } from "./batch-norm.js";
import { Conv2d } from "./conv2d.js";
import { kaimingNormal, normal, uniform } from "./initialization.js";
import { Linear } from "./linear.js";

/** Mean and standard deviation. */
function moments(values: readonly number[]): [number, number] {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return [mean, Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length)];
}

test("initial weights have the deviation that was asked for", () => {
  manualSeed(5);
  const shape = [32, 8, 5, 5];
  const tolerance = { relative: 0.05, absolute: 0 };
  assertNear([moments(kaimingNormal(shape, "fan-in").toArray())[1]], [Math.sqrt(2 / (8 * 25))], tolerance);
  assertNear([moments(kaimingNormal(shape, "fan-out").toArray())[1]], [Math.sqrt(2 / (32 * 25))], tolerance);
  assertNear([moments(kaimingNormal([100, 50], "fan-in").toArray())[1]], [Math.sqrt(2 / 50)], tolerance);
  assertNear([moments(normal([100, 100], 0.01).toArray())[1]], [0.01], tolerance);
  const between = uniform([10_000], 0.5).toArray();
  assert.ok(between.every((value) => value >= -0.5 && value < 0.5));
  assertNear([moments(between)[1]], [0.5 / Math.sqrt(3)], tolerance);
});

test("batch normalization counts batches and moves its statistics in training alone", () => {
  const norm = new BatchNorm2d(1);
  const tracked = () => new Map(norm.namedBuffers()).get("num_batches_tracked")?.item();
  const input = tensor([1, 3], [2, 1, 1, 1]);
  assertNear(norm.forward(input, "eval").toArray(), [1, 3], { absolute: 1e-4 });
  assert.deepEqual(norm.runningMean.toArray(), [0]);
  assert.equal(tracked(), 0);
  assertNear(norm.forward(input, "train").toArray(), [-1, 1], { absolute: 1e-4 });
  assertNear(norm.runningMean.toArray(), [0.2]);
  assert.equal(tracked(), 1);
  assert.deepEqual(
    [...norm.namedParameters()].map(([name]) => name),
    ["weight", "bias"],
  );
});

test("a searched convolution has logits and no parameter, a float one a parameter and no logits", () => {
  const shared = { inChannels: 2, outChannels: 3, kernelSize: 3, padding: 1, stride: 2, fanMode: "fan-in" } as const;
  const searched = new Conv2d({ ...shared, values: [-1, 1] });
  assert.deepEqual([...searched.namedParameters()], []);
  const [[name, weight] = []] = [...searched.namedSearchedWeights("layer.")];
  assert.equal(name, "layer");
  assert.deepEqual(weight?.logits.shape, [3, 2, 3, 3, 2]);
  const plain = new Conv2d({ ...shared, values: null });
  assert.deepEqual([...plain.namedSearchedWeights()], []);
  assert.deepEqual(
    [...plain.namedParameters("layer.")].map(([path]) => path),
    ["layer.weight"],
  );
  for (const layer of [searched, plain]) {
    assert.deepEqual(layer.forward(zeros([1, 2, 8, 8]), "train").shape, [1, 3, 4, 4]);
  }
});

test("a linear layer is x · weightᵀ + bias; searched, it keeps its bias", () => {
  const options = { weight: tensor([1, 2, 3, 4], [2, 2]), bias: tensor([10, 20]) };
  const plain = new Linear({ ...options, values: null });
  assert.deepEqual(plain.forward(tensor([1, 1], [1, 2]), "eval").toArray(), [13, 27]);
  const searched = new Linear({ ...options, values: [-1, 1] });
  assert.deepEqual(
    [...searched.namedParameters()].map(([name]) => name),
    ["bias"],
  );
  assert.ok(searched.weight.toArray().every((weight) => Math.abs(weight) === 1));
});

test("batch normalization: one pixel of one image has no statistics to train with, and changes nothing", () => {
  const norm = new BatchNorm2d(2);
  const state = () => [...norm.namedBuffers()].map(([name, x]) => [name, x.toArray()]);
  const before = state();
  for (const forward of [norm.forward, norm.forwardRelu]) {
    assert.throws(() => forward.call(norm, zeros([1, 2, 1, 1]), "train"), {
      name: "InputError",
      message: /^batch size: /,
    });
    assert.deepEqual(state(), before);
    assert.deepEqual(forward.call(norm, zeros([1, 2, 1, 1]), "eval").shape, [1, 2, 1, 1]);
    for (const shape of [
      [2, 2, 1, 1],
      [1, 2, 1, 2],
    ])
      assert.deepEqual(new BatchNorm2d(2).forward(zeros(shape), "train").shape, shape);
  }
});
