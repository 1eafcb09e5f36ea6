import assert from "node:assert/strict";
import { test } from "node:test";
import { checkGradient, spread } from "../../tests/support/gradient.js";
import { assertNear } from "../../tests/support/near.js";
import { logSoftmax, relu, reluInPlace, sigmoid, softmax, tanh } from "./activation.js";
import { tensor } from "./create.js";

test("relu, and in place", () => {
  const x = tensor([-1, 0, 2]);
  assert.deepEqual(relu(x).toArray(), [0, 0, 2]);
  assert.deepEqual(x.toArray(), [-1, 0, 2]);
  assert.deepEqual(reluInPlace(x).toArray(), [0, 0, 2]);
  assert.deepEqual(x.toArray(), [0, 0, 2]);
});

test("sigmoid and tanh", () => {
  const points = [-2, 0, 0.5];
  const x = tensor(points, [3], "float64");
  const tolerance = { relative: 1e-14, absolute: 0 };
  assertNear(
    sigmoid(x).toArray(),
    points.map((p) => 1 / (1 + Math.exp(-p))),
    tolerance,
  );
  assertNear(tanh(x).toArray(), points.map(Math.tanh), tolerance);
});

test("softmax and its logarithm along either dimension, without overflow", () => {
  const [a, b, c] = [Math.exp(0), Math.exp(1), Math.exp(3)];
  const all = a + b + c;
  const x = tensor([0, 1, 3], [1, 3]);
  assertNear(softmax(x).toArray(), [a / all, b / all, c / all]);
  assertNear(logSoftmax(x).toArray(), [-Math.log(all), 1 - Math.log(all), 3 - Math.log(all)]);
  assertNear(softmax(x, 0).toArray(), [1, 1, 1]);
  assertNear(softmax(tensor([1e4, 0, -1e4])).toArray(), [1, 0, 0]);
});

test("gradients", () => {
  const input = { values: spread(6), shape: [2, 3] };
  for (const f of [relu, sigmoid, tanh, softmax, logSoftmax]) checkGradient([input], (x) => f(x));
});
