import assert from "node:assert/strict";
import { test } from "node:test";
import { builtInNames } from "./built-in-json.js";
import { loadTrainingConfig, parseTrainingConfig, resolveTrainingConfig, trainingJson } from "./training.js";
import type { TrainingConfig } from "./training-keys.js";

for (const name of builtInNames("training")) {
  test(`${name}: the recipe, written as a training JSON, is read again`, () => {
    const recipe = loadTrainingConfig(resolveTrainingConfig(name, () => undefined));
    assert.deepEqual(parseTrainingConfig(JSON.parse(JSON.stringify(trainingJson(recipe))), name), recipe);
  });
}

test("each setting is written under a key of its own", () => {
  const plain = loadTrainingConfig(resolveTrainingConfig("resnet20-200", () => undefined));
  // A value of its own for each number, and the other one of two words.
  const recipe = {
    ...Object.fromEntries(
      Object.entries(plain).map(([key, value], i) => [key, typeof value === "number" ? i + 1 : value]),
    ),
    ...{ momentum: 0.3, etaMin: 0.9, labelSmoothing: 0.19, warmupEpochs: 0, milestones: [7, 8], lrScheduler: "Step" },
    ...{ temperatureAnnealBegin: 0.23, temperatureAnnealEnd: 0.24, logitInit: "normal", temperatureFinal: null },
    optim: {
      ...{
        name: "sgd",
        options: { x: 33 },
        nesterov: true,
        beta1: 0.25,
        beta2: 0.26,
        epsilon: 0.27,
        clipNorm: 28,
        accumulate: 29,
        ema: 0.3,
      },
      norms: { lrScale: 31, weightDecay: 32 },
      logits: { lrScale: 20, lrUnit: "float", weightDecay: 21, momentum: 0.22 },
    },
  } as unknown as TrainingConfig;
  assert.deepEqual(parseTrainingConfig(trainingJson(recipe), "recipe"), recipe);
  const other: TrainingConfig = {
    ...{ ...recipe, lrScheduler: "Cos", lrStep: "batch", warmupEpochs: 33 },
    ...{ temperatureAnnealRate: 1, temperatureAnnealStep: 1, temperatureFinal: 27 },
  };
  assert.deepEqual(parseTrainingConfig(trainingJson(other), "recipe"), other);
});
