import assert from "node:assert/strict";
import { test } from "node:test";
import { assertNear } from "../../tests/support/near.js";
import { copyInto, mul } from "../tensor/arithmetic.js";
import { noGrad } from "../tensor/autograd.js";
import { randn, tensor } from "../tensor/create.js";
import { sum } from "../tensor/reduce.js";
import { manualSeed } from "../tensor/runtime.js";
import { liveTensors, scope } from "../tensor/tensor.js";
import { type Draw, EVALUATION_DRAW, sample } from "./sample.js";
import { SearchedWeight } from "./searched-weight.js";

const VALUES = [-1, -0.5, 0.5, 1];
const step = { learningRate: 1, momentum: 0.9, weightDecay: 0 };

test("logits start within 5e-6 of log(1/K), from the seed", () => {
  manualSeed(3);
  const first = new SearchedWeight([10, 10], VALUES);
  const logits = first.logits.toArray();
  assert.deepEqual(first.logits.shape, [10, 10, 4]);
  assert.ok(logits.every((logit) => Math.abs(logit - Math.log(1 / 4)) <= 5.3e-6));
  assert.ok(new Set(logits).size > 20);
  manualSeed(3);
  assert.deepEqual(new SearchedWeight([10, 10], VALUES).logits.toArray(), logits);
});

test("a weight starts at its logits' hard values, as a leaf that requires a gradient", () => {
  const searched = new SearchedWeight([50], VALUES);
  const logits = searched.logits.toArray();
  const best = Array.from({ length: 50 }, (_, index) => {
    const row = logits.slice(4 * index, 4 * index + 4);
    return VALUES[row.indexOf(Math.max(...row))];
  });
  assert.deepEqual(searched.weight.toArray(), best);
  assert.equal(searched.weight.requiresGrad, true);
});

test("hard weights are always members of the set, soft ones between its ends", () => {
  const searched = new SearchedWeight([200], VALUES);
  for (let round = 0; round < 5; round += 1) {
    const draw: Draw = { temperature: 0.5, noiseScale: 1, seed: 1n, step: round, hard: true };
    searched.draw(draw);
    assert.ok(searched.weight.toArray().every((weight) => VALUES.includes(weight)));
    searched.draw({ ...draw, hard: false });
    assert.ok(searched.weight.toArray().every((weight) => weight > -1 && weight < 1));
  }
});

test("draw, backward and step move the logits towards the values that lower the loss", () => {
  const searched = new SearchedWeight([3], VALUES);
  const before = searched.logits.toArray();
  // L = w₀ − w₁: gradient 1, −1, 0.
  const direction = tensor([1, -1, 0]);
  for (let round = 0; round < 20; round += 1) {
    scope(() => {
      searched.draw({ ...EVALUATION_DRAW, step: round });
      searched.weight.clearGrad();
      sum(mul(searched.weight, direction)).backward();
      searched.step(step);
    });
  }
  searched.draw(EVALUATION_DRAW);
  const [first, second] = searched.weight.toArray();
  assert.deepEqual([first, second], [-1, 1]);
  assert.deepEqual(searched.logits.toArray().slice(8), before.slice(8));
});

test("the step uses the draw that the weights were drawn with", () => {
  const searched = new SearchedWeight([4], VALUES);
  const draw: Draw = { temperature: 0.25, noiseScale: 2, seed: 9n, step: 17, hard: false };
  searched.draw(draw);
  sum(searched.weight).backward();
  const before = searched.logits.toArray();
  const gradient = searched.logitGradient()?.toArray() ?? [];
  searched.step({ learningRate: 0.5, momentum: 0, weightDecay: 0 });
  assertNear(
    searched.logits.toArray(),
    before.map((logit, index) => logit - 0.5 * (gradient[index] ?? Number.NaN)),
  );
  assert.ok(gradient.some((g) => Math.abs(g) > 1e-3));
});

test("without a gradient there is no step, and no logit gradient", () => {
  const searched = new SearchedWeight([4], VALUES);
  const before = searched.logits.toArray();
  searched.step({ ...step, weightDecay: 1 });
  assert.deepEqual(searched.logits.toArray(), before);
  assert.equal(searched.logitGradient(), null);
});

test("drawing makes no tensors that stay", () => {
  const searched = new SearchedWeight([4], VALUES);
  const before = liveTensors();
  for (let round = 0; round < 10; round += 1) searched.draw({ ...EVALUATION_DRAW, step: round });
  assert.equal(liveTensors(), before);
});

test("backward refuses a graph over weights that were drawn again", () => {
  const searched = new SearchedWeight([2], VALUES);
  const loss = sum(mul(searched.weight, searched.weight));
  searched.draw({ ...EVALUATION_DRAW, hard: false });
  assert.throws(() => loss.backward(), /backward: .*modified by an inplace operation/);
});

test("a hard weight is up to date after a step, and after anyone else has written to the logits or to it", () => {
  manualSeed(4);
  const searched = new SearchedWeight([40], VALUES);
  const direction = randn([40]);
  const drawn = () => {
    searched.draw(EVALUATION_DRAW);
    return searched.weight.toArray();
  };
  const expected = () => sample(searched.logits, VALUES, EVALUATION_DRAW).toArray();
  for (const draw of [EVALUATION_DRAW, { ...EVALUATION_DRAW, hard: false }, { ...EVALUATION_DRAW, noiseScale: 1 }]) {
    searched.draw(draw);
    const before = searched.weight.toArray();
    searched.weight.clearGrad();
    sum(mul(searched.weight, direction)).backward();
    searched.step({ learningRate: 1e-3, momentum: 0, weightDecay: 0 });
    assert.deepEqual(drawn(), expected());
    assert.notDeepEqual(before, expected());
    noGrad(() => copyInto(searched.logits, randn([40, 4])));
    assert.deepEqual(drawn(), expected());
    noGrad(() => copyInto(searched.weight, direction));
    assert.deepEqual(drawn(), expected());
  }
});
