import assert from "node:assert/strict";
import { test } from "node:test";
import { assertNear } from "../../tests/support/near.js";
import { nearestValue } from "../../tests/support/nearest-value.js";
import { randn } from "../tensor/create.js";
import { manualSeed } from "../tensor/runtime.js";
import { fitScale } from "./fit-scale.js";

const SETS = {
  "1b": [-1, 1],
  "po2-2b": [-1, -0.5, 0.5, 1],
  "po2-3b": [-0.25, -0.5, -1, -2, 2, 1, 0.5, 0.25],
  "int-2b": [-2, -1, 0, 1],
  ternary: [-1, 0, 1],
  "0 and 1": [0, 1],
};

function normal(count: number, std = 0.05): Float32Array {
  manualSeed(11);
  return Float32Array.from(randn([count]).toArray(), (x) => x * std);
}

/** Σ (w − Q(s·w)/s)² */
function error(weights: Float32Array, values: readonly number[], scale: number): number {
  return weights.reduce((sum, w) => sum + (w - nearestValue(values, scale * w) / scale) ** 2, 0);
}

test("for {-1, 1} the scale is 1 over the mean magnitude", () => {
  const weights = normal(1000);
  const mean = weights.reduce((sum, w) => sum + Math.abs(w), 0) / weights.length;
  assertNear([fitScale(weights, [-1, 1])], [1 / mean], { relative: 1e-9 });
  assertNear([fitScale(weights, [1, -1])], [1 / mean], { relative: 1e-9 });
});

for (const [name, values] of Object.entries(SETS)) {
  test(`${name}: no scale in a fine search is better`, () => {
    for (const weights of [
      normal(300),
      normal(300, 30),
      normal(300).map((w, index) => (index % 10 === 0 ? w : w / 50)),
    ]) {
      const scale = fitScale(weights, values);
      const least = error(weights, values, scale);
      for (let factor = 1e-4; factor < 1e4; factor *= 1.003) {
        const other = error(weights, values, factor * scale);
        assert.ok(least <= other * (1 + 2e-3), `${scale} gives ${least}, ${factor * scale} gives ${other}`);
      }
    }
  });
}

test("weights of the set keep scale 1, as float32 too; zeros alone as well", () => {
  assert.equal(fitScale(Float32Array.of(0.1, -1, 0.1), [-1, 0.1]), 1);
  assert.equal(fitScale(Float32Array.of(-2, -2, 1), [-2, -1, 0, 1]), 1);
  assert.equal(fitScale(Float32Array.of(-0, 0), [0, 1]), 1);
  assert.equal(fitScale(new Float32Array(5), [-1, 1]), 1);
});

test("multiples of the set are scaled to it exactly", () => {
  const weights = Float32Array.from({ length: 64 }, (_, index) => 0.03125 * ([-2, -1, 0, 1][index % 4] ?? 0));
  assertNear([fitScale(weights, [-2, -1, 0, 1])], [32], { relative: 1e-12 });
});

test("millions of weights take a sample", () => {
  const weights = new Float32Array(2_000_000);
  weights.forEach((_, index) => {
    weights[index] = Math.sin(index * index) / 10;
  });
  const begin = performance.now();
  const scale = fitScale(weights, [-1, 1]);
  assert.ok(performance.now() - begin < 2000);
  const mean = weights.reduce((sum, w) => sum + Math.abs(w), 0) / weights.length;
  assertNear([scale * mean], [1], { absolute: 0.02 });
});
