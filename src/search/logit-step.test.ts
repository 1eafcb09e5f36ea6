import assert from "node:assert/strict";
import { test } from "node:test";
import { spread } from "../../tests/support/gradient.js";
import { assertNear } from "../../tests/support/near.js";
import { fromTypedArray, tensor, zeros } from "../tensor/create.js";
import { scope } from "../tensor/tensor.js";
import { type Draw, EVALUATION_DRAW, logitGradient, logitSgdStep, sample } from "./sample.js";

const { NaN: nan } = Number;
const DRAW: Draw = { temperature: 1, noiseScale: 0, seed: 0n, step: 0, hard: false };

/** A value set of K different numbers in no order. */
const valueSet = (count: number): number[] => spread(count, 3).map((value) => 4 * value);

test("the fused step of logits is logitGradient and SGD written out", () => {
  const [learningRate, momentum, weightDecay] = [0.5, 0.9, 0.01];
  for (const [dtype, absolute] of [
    ["float64", 1e-14],
    ["float32", 1e-6],
  ] as const) {
    for (const [count, noiseScale] of [
      [2, 0],
      [5, 0.3],
      [8, 0],
    ] as const) {
      const values = valueSet(count);
      const size = 70 * count;
      const logits = tensor(spread(size), [7, 10, count], dtype);
      const momenta = zeros([7, 10, count], dtype);
      let a = logits.toArray();
      let m = new Array<number>(size).fill(0);
      for (let step = 0; step < 4; step += 1) {
        const draw: Draw = { temperature: 0.8, noiseScale, seed: 5n, step, hard: true };
        const weightGradient = tensor(spread(70, step), [7, 10], dtype);
        const g = logitGradient(weightGradient, logits, values, draw).toArray();
        const before = a;
        m = m.map((value, index) => momentum * value + (g[index] ?? nan) + weightDecay * (before[index] ?? nan));
        const moved = m;
        a = before.map((value, index) => value - learningRate * (moved[index] ?? nan));
        logitSgdStep(logits, momenta, weightGradient, values, draw, { learningRate, momentum, weightDecay });
        assertNear(logits.toArray(), a, { relative: absolute, absolute });
        assertNear(momenta.toArray(), m, { relative: absolute, absolute });
      }
    }
  }
});

test("the step also gives the new logits' hard values, whatever the draw", () => {
  scope(() => {
    for (const dtype of ["float32", "float64"] as const) {
      for (const count of [2, 3, 4, 7, 8, 16]) {
        for (const noiseScale of [0, 1]) {
          const values = valueSet(count);
          const [logits, momenta] = [tensor(spread(150 * count), [150, count], dtype), zeros([150, count], dtype)];
          const next = zeros([150], dtype);
          const draw: Draw = { temperature: 0.3, noiseScale, seed: 5n, step: 1, hard: noiseScale === 0 };
          const settings = { learningRate: 2, momentum: 0.9, weightDecay: 0.01 };
          const versions = [logits, next].map((x) => x.version);
          logitSgdStep(logits, momenta, tensor(spread(150, 4), [150], dtype), values, draw, settings, next);
          assert.deepEqual(next.toArray(), sample(logits, values, EVALUATION_DRAW).toArray());
          assert.deepEqual(
            [logits, next].map((x) => x.version),
            versions.map((version) => version + 1),
          );
        }
      }
    }
    const [logits, momenta, gradient] = [zeros([4, 2]), zeros([4, 2]), zeros([4])];
    const settings = { learningRate: 1, momentum: 0, weightDecay: 0 };
    assert.throws(
      () => logitSgdStep(logits, momenta, gradient, [-1, 1], DRAW, settings, zeros([5])),
      /hard_weight must have shape/,
    );
  });
});

test("logits over a shared typed array are stepped in that array", () => {
  const array = Float32Array.of(0, 0);
  const logits = fromTypedArray(array, [1, 2], { share: true });
  const step = { learningRate: 1, momentum: 0, weightDecay: 0 };
  logitSgdStep(logits, zeros([1, 2]), tensor([1]), [-1, 1], DRAW, step);
  assert.deepEqual([...array], [0.5, -0.5]);
});
