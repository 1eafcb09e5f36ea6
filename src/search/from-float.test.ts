import assert from "node:assert/strict";
import { test } from "node:test";
import { assertNear } from "../../tests/support/near.js";
import { nearestValue } from "../../tests/support/nearest-value.js";
import { mul } from "../tensor/arithmetic.js";
import { noGrad } from "../tensor/autograd.js";
import { fromTypedArray, randn, tensor } from "../tensor/create.js";
import { sum } from "../tensor/reduce.js";
import { manualSeed } from "../tensor/runtime.js";
import { clone, transpose } from "../tensor/shape.js";
import { liveTensors, scope, type Tensor } from "../tensor/tensor.js";
import { InputError } from "../text/errors.js";
import { setFromFloat, startFromFloat } from "./from-float.js";
import { normalFit } from "./normal-fit.js";
import { startFromNormal } from "./normal-logits.js";
import { EVALUATION_DRAW } from "./sample.js";
import { SearchedWeight } from "./searched-weight.js";

const SETS = {
  "1b": [-1, 1],
  "po2-2b": [-1, -0.5, 0.5, 1],
  "po2-3b": [-0.25, -0.5, -1, -2, 2, 1, 0.5, 0.25],
  ternary: [-1, 0, 1],
  "not exact as float32": [-0.1, 0.3, 0.7],
  "int-4b": Array.from({ length: 16 }, (_, index) => index - 8),
};

/** softmax of one weight's logits. */
function probabilities(searched: SearchedWeight, index: number): number[] {
  const count = searched.values.length;
  const row = searched.logits.toArray().slice(index * count, (index + 1) * count);
  const exponentials = row.map(Math.exp);
  const total = exponentials.reduce((a, b) => a + b, 0);
  return exponentials.map((e) => e / total);
}

function started(values: readonly number[], weight: Tensor): { searched: SearchedWeight; scale: number } {
  const searched = new SearchedWeight(weight.shape, values);
  return { searched, ...startFromFloat(searched, weight) };
}

for (const [name, values] of Object.entries(SETS)) {
  test(`${name}: the value nearest to the scaled weight wins`, () => {
    manualSeed(4);
    const weight = randn([20, 10, 3]);
    const { searched, scale } = started(values, weight);
    const rounded = values.map(Math.fround);
    assert.deepEqual(
      searched.weight.toArray(),
      weight.toArray().map((w) => nearestValue(rounded, scale * w)),
    );
    const drawn = searched.weight.toArray();
    searched.draw(EVALUATION_DRAW);
    assert.deepEqual(searched.weight.toArray(), drawn);
  });

  test(`${name}: weights of the set are kept, each with a clear but movable choice`, () => {
    const weight = tensor([...values, ...values]);
    const { searched, scale } = started(values, weight);
    assert.equal(scale, 1);
    assert.deepEqual(searched.weight.toArray(), weight.toArray());
    values.forEach((_, index) => {
      const p = probabilities(searched, index)[index] ?? 0;
      assert.ok(p > 0.75 && p < 0.95, `value ${values[index]}: ${p}`);
    });
  });
}

for (const [name, values] of Object.entries(SETS)) {
  test(`${name}: logits as of normal weights are those that a start from normal weights has, whatever the weights' size`, () => {
    const [normal, searched] = [1, 2].map(() => new SearchedWeight([30, 40], values)) as [
      SearchedWeight,
      SearchedWeight,
    ];
    manualSeed(4);
    startFromNormal(normal);
    manualSeed(4);
    const weight = noGrad(() => mul(randn([30, 40]), 0.03));
    const { scale } = startFromFloat(searched, weight, "normal");
    // σ of 1200 of them is 1 to a few percent.
    assertNear([scale], [normalFit(values).scale / 0.03], { relative: 0.1 });
    const spread = Math.max(...normal.logits.toArray().map(Math.abs));
    assertNear(searched.logits.toArray(), normal.logits.toArray(), { absolute: 0.1 * spread });
    const rounded = values.map(Math.fround);
    assert.deepEqual(
      searched.weight.toArray(),
      weight.toArray().map((w) => nearestValue(rounded, scale * w)),
    );
  });
}

test("weights that are all 0 start as normal ones of 0", () => {
  const searched = new SearchedWeight([2], [-1, 0, 1]);
  const { scale } = startFromFloat(searched, tensor([0, 0]), "normal");
  assert.equal(scale, normalFit([-1, 0, 1]).scale);
  assert.deepEqual(searched.weight.toArray(), [0, 0]);
});

test("on ties and next to them the nearest value wins, the first of equals", () => {
  // A member keeps no scale from 1: the set holds 0.5, but not 0, 0.75 and the numbers beside them.
  const tiny = 2 ** -30;
  const points = [0, tiny, -tiny, 0.75, 0.75 + tiny, 0.75 - tiny];
  for (const values of [
    [0.5, -0.5, 1],
    [-0.5, 0.5, 1],
  ]) {
    const searched = new SearchedWeight([points.length], values);
    setFromFloat(searched, fromTypedArray(Float32Array.from(points), [points.length]), 1, "uniform");
    const expected = points.map((x) => nearestValue(values, Math.fround(x)));
    assert.deepEqual(searched.weight.toArray(), expected);
    assert.equal(expected[0], values[0]);
  }
});

test("weights far out and uneven sets leave every other value its chance", () => {
  for (const values of [SETS["1b"], SETS["po2-3b"], SETS["int-4b"]]) {
    const searched = new SearchedWeight([2], values);
    setFromFloat(searched, tensor([1000, -1000]), 1, "uniform");
    for (const index of [0, 1]) {
      const others = 1 - Math.max(...probabilities(searched, index));
      assert.ok(others > 0.015 && others < 0.3, `${others}`);
    }
  }
  const outlier = started([-1, 1], tensor([50, 0.1, -0.1, 0.1]));
  assert.ok(outlier.searched.logits.toArray().every((logit) => logit > Math.log(1 / 2) - 4 - 1e-6));
});

test("the logits of {-1, 1} are log(1/2) at the nearest value and 2 |x| less at the other", () => {
  const { searched, scale } = started([-1, 1], tensor([0.5, -0.25, 0.25, 0]));
  assert.equal(scale, 4);
  const [top, low] = [Math.log(1 / 2), (x: number) => Math.log(1 / 2) - 2 * x];
  assertNear(searched.logits.toArray(), [low(2), top, top, low(1), low(1), top, top, top]);
});

test("training continues from there: the gradient moves the choice, the momentum starts at zero", () => {
  const { searched } = started([-1, 1], tensor([0.5, -0.5]));
  const before = searched.logits.toArray();
  searched.step({ learningRate: 1, momentum: 0.9, weightDecay: 0 });
  assert.deepEqual(searched.logits.toArray(), before);
  assert.equal(searched.weight.requiresGrad, true);
  for (let round = 0; round < 10; round++) {
    scope(() => {
      searched.draw(EVALUATION_DRAW);
      searched.weight.clearGrad();
      sum(mul(searched.weight, tensor([1, 0]))).backward();
      if (round === 0) {
        const gradient = searched.logitGradient()?.toArray() ?? [];
        searched.step({ learningRate: 1, momentum: 0.9, weightDecay: 0 });
        assertNear(
          searched.logits.toArray(),
          before.map((logit, index) => logit - (gradient[index] ?? 0)),
        );
      } else searched.step({ learningRate: 1, momentum: 0.9, weightDecay: 0 });
    });
  }
  searched.draw(EVALUATION_DRAW);
  assert.deepEqual(searched.weight.toArray(), [-1, -1]);
});

test("a weight that is a view is read in its order, and is not changed; nothing stays", () => {
  const base = tensor([0.5, -0.5, 0.5, 0.5, 0.5, -0.5], [2, 3]);
  const searched = new SearchedWeight([3, 2], [-1, 1]);
  const before = liveTensors();
  scope(() => startFromFloat(searched, transpose(base, 0, 1)));
  assert.equal(liveTensors(), before);
  assert.deepEqual(searched.weight.toArray(), [1, 1, -1, 1, 1, -1]);
  assert.deepEqual(base.toArray(), [0.5, -0.5, 0.5, 0.5, 0.5, -0.5]);
});

const FAULTS: [Tensor, string][] = [
  [tensor([1, Number.NaN]), "expected finite weights, found NaN at 1"],
  [tensor([Number.NEGATIVE_INFINITY, 0.5]), "expected finite weights, found -Infinity at 0"],
  [tensor([1, 2, 3]), "expected a weight of shape [2], found [3]"],
  [tensor([1e-30, 2e-30]), "expected weights of a usual magnitude, found some that need a scale of 6.67e+29"],
];

for (const [weight, message] of FAULTS) {
  test(`${message}; the search is as it was`, () => {
    const searched = new SearchedWeight([2], [-1, 1]);
    const before = noGrad(() => [clone(searched.logits), clone(searched.weight)].map((x) => x.toArray()));
    assert.throws(() => startFromFloat(searched, weight), new InputError(message));
    assert.deepEqual(
      [searched.logits, searched.weight].map((x) => x.toArray()),
      before,
    );
  });
}
