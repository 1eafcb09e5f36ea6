import assert from "node:assert/strict";
import { test } from "node:test";
import { mul } from "../tensor/arithmetic.js";
import { rand, tensor } from "../tensor/create.js";
import { sum } from "../tensor/reduce.js";
import { manualSeed } from "../tensor/runtime.js";
import { scope } from "../tensor/tensor.js";
import { checkStageWeights, stageValues, valuesAfterStage } from "./progressive-stages.js";
import { EVALUATION_DRAW, sample } from "./sample.js";
import { SearchedWeight } from "./searched-weight.js";

test("the values after each stage", () => {
  assert.deepEqual(valuesAfterStage(0), [-1, 1]);
  assert.deepEqual(valuesAfterStage(2), [-1, -0.5, -0.25, 0.25, 0.5, 1]);
  assert.deepEqual(stageValues(0), [-1, 1]);
  assert.deepEqual(stageValues(3), [1, 0.5]);
});

test("weights that earlier stages cannot have found are refused", () => {
  checkStageWeights([1, -0.5, 0.5, -1], 2, "m.pth: conv1.weight");
  assert.throws(
    () => checkStageWeights([1, -0.25], 2, "m.pth: conv1.weight"),
    /m\.pth: conv1\.weight: element 1: expected .* one of -1, -0\.5, 0\.5, 1, found -0\.25/,
  );
});

test("refining starts from exactly the weights found and keeps to their values and halves", () => {
  manualSeed(1);
  scope(() => {
    const frozen = tensor([1, -1, 0.5, -0.5, 1, 1]);
    const searched = new SearchedWeight([6], stageValues(2));
    searched.refine(frozen);
    assert.deepEqual(searched.weight.toArray(), frozen.toArray());
    // A gradient that wants every weight nearer to 0, and a step large enough for that.
    const loss = sum(mul(searched.weight, searched.weight));
    loss.backward();
    searched.step({ learningRate: 10, momentum: 0, weightDecay: 0 });
    searched.draw(EVALUATION_DRAW);
    assert.deepEqual(searched.weight.toArray(), [0.5, -0.5, 0.25, -0.25, 0.5, 0.5]);
  });
});

test("the gradient of a refined weight's logits is that of frozen · sample", () => {
  manualSeed(2);
  scope(() => {
    const frozen = tensor([1, -0.5, 0.5]);
    const searched = new SearchedWeight([3], stageValues(1));
    searched.refine(frozen);
    const target = rand([3]);
    sum(mul(searched.weight, target)).backward();
    const ours = searched.logitGradient()?.toArray();
    const logits = tensor(searched.logits.toArray(), [3, 2]);
    logits.requiresGrad = true;
    sum(mul(mul(sample(logits, [1, 0.5], EVALUATION_DRAW), frozen), target)).backward();
    assert.deepEqual(ours, logits.grad?.toArray());
  });
});

test("refining needs a value set that begins with 1", () => {
  scope(() => {
    const searched = new SearchedWeight([1], [-1, 1]);
    assert.throws(() => searched.refine(tensor([1])), /begin with 1/);
  });
});
