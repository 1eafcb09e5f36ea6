import assert from "node:assert/strict";
import { test } from "node:test";
import { assertNear } from "../../tests/support/near.js";
import { ones } from "../tensor/create.js";
import { manualSeed } from "../tensor/runtime.js";
import { normalFit, normalLogit } from "./normal-fit.js";
import { startFromNormal } from "./normal-logits.js";
import { SearchedWeight } from "./searched-weight.js";

const SETS = [
  [-1, 1],
  [1, -0.5, 0.5, -1],
  [-2, -1, -0.5, -0.25, 0.25, 0.5, 1, 2],
  [-1, 0, 3],
];
const SHAPE = [64, 32, 3, 3];
const SOFT = { temperature: 1, noiseScale: 0, seed: 0n, step: 0, hard: false };

test("±1 stands for N(0, 1) by its mean magnitude", () => {
  assertNear([normalFit([-1, 1]).scale], [Math.sqrt(Math.PI / 2)], { relative: 1e-3 });
});

for (const values of SETS) {
  test(`{${values}}: the logits of w fall with the squared distance from it`, () => {
    const fit = normalFit(values);
    for (const w of [-2.5, -0.3, 0, 1]) {
      const logits = values.map((value) => normalLogit(w, value, fit.scale));
      const distances = values.map((value) => (w - value / fit.scale) ** 2 / 4);
      const sums = logits.map((logit, k) => logit + (distances[k] ?? 0));
      assertNear(sums, new Array<number>(values.length).fill(w ** 2 / 4), { absolute: 1e-9 });
    }
  });

  test(`{${values}}: at a float layer's pace soft weights move by n/2 times their mean square`, () => {
    manualSeed(3);
    const searched = new SearchedWeight(SHAPE, values);
    startFromNormal(searched);
    const softWeights = () => {
      searched.draw(SOFT);
      return searched.weight.toArray() as number[];
    };
    const before = softWeights();
    searched.weight.backward(ones(SHAPE));
    const eta = 1e-6;
    searched.step({ learningRate: eta * searched.floatGradientScale, momentum: 0, weightDecay: 0 });
    const after = softWeights();
    const mean = (of: (w: number, index: number) => number) =>
      before.reduce((sum, w, index) => sum + of(w, index), 0) / before.length;
    const moved = mean((w, index) => w - (after[index] ?? 0));
    assertNear([moved / (eta * mean((w) => w * w))], [(32 * 9) / 2], { relative: 0.05 });
  });
}

test("a value set is measured once", () => {
  assert.equal(normalFit([-1, 1]), normalFit([-1, 1]));
});
