import assert from "node:assert/strict";
import { test } from "node:test";
import { assertNear } from "../../tests/support/near.js";
import { randn } from "../tensor/create.js";
import { manualSeed } from "../tensor/runtime.js";
import { liveTensors, scope } from "../tensor/tensor.js";
import { normalFit } from "./normal-fit.js";
import { startFromNormal } from "./normal-logits.js";
import { SearchedWeight } from "./searched-weight.js";

const SHAPE = [32, 16, 3, 3];
const EVALUATED = { temperature: 1, noiseScale: 0, seed: 0n, step: 0, hard: true };
const SETS = [
  [-1, 1],
  [1, -0.5, 0.5, -1],
  [-2, -1, -0.5, -0.25, 0.25, 0.5, 1, 2],
  [-1, 0, 3],
];

for (const values of SETS) {
  test(`{${values}}: the value nearest to the scaled normal weight wins`, () => {
    const searched = new SearchedWeight(SHAPE, values);
    manualSeed(3);
    const weights = scope(() => randn(SHAPE).toTypedArray() as Float32Array);
    manualSeed(3);
    startFromNormal(searched);
    const { scale } = normalFit(values);
    searched.weight.toArray().forEach((found, index) => {
      const x = scale * (weights[index] ?? 0);
      const distances = values.map((value) => Math.abs(x - value));
      assert.ok(Math.abs(x - Number(found)) <= Math.min(...distances) + 1e-6, `${x} became ${found}`);
    });
  });
}

test("for ±1 the difference of the two logits is w / s", () => {
  const searched = new SearchedWeight([50], [-1, 1]);
  manualSeed(7);
  const weights = scope(() => randn([50]).toTypedArray() as Float32Array);
  manualSeed(7);
  startFromNormal(searched);
  const logits = searched.logits.toTypedArray() as Float32Array;
  const differences = [...weights].map((_, index) => (logits[2 * index + 1] ?? 0) - (logits[2 * index] ?? 0));
  const { scale } = normalFit([-1, 1]);
  assertNear(
    differences,
    [...weights].map((weight) => weight / scale),
    { relative: 1e-5, absolute: 1e-6 },
  );
});

test("soft weights are spread between the values", () => {
  manualSeed(3);
  const searched = new SearchedWeight(SHAPE, [-1, 1]);
  startFromNormal(searched);
  searched.draw({ ...EVALUATED, hard: false });
  const weights = searched.weight.toArray() as number[];
  const variance = weights.reduce((sum, each) => sum + each * each, 0) / weights.length;
  assert.ok(variance > 0.05 && variance < 0.5, `${variance}`);
});

test("the same seed gives the same logits, and nothing is left behind", () => {
  const searched = new SearchedWeight(SHAPE, [-1, 1]);
  const before = liveTensors();
  manualSeed(3);
  startFromNormal(searched);
  const first = searched.logits.toArray();
  startFromNormal(searched);
  assert.notDeepEqual(searched.logits.toArray(), first);
  manualSeed(3);
  startFromNormal(searched);
  assert.deepEqual(searched.logits.toArray(), first);
  assert.equal(liveTensors(), before);
});
