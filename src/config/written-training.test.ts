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
  const recipe: TrainingConfig = {
    ...{ initLr: 1, weightDecay: 2, momentum: 0.3, batchSize: 4, epochs: 5, lrScheduler: "Step" as const },
    ...{
      lrStep: "batch" as const,
      gamma: 6,
      milestones: [7, 8],
      etaMin: 0.9,
      firstTemperature: 10,
      initTemperature: 11,
    },
    ...{ temperatureAnnealRate: 12, temperatureAnnealStep: 13, temperatureMin: 14, firstNoiseScale: 15 },
    ...{ initNoiseScale: 16, noiseAnnealRate: 17, noiseAnnealStep: 18 },
    ...{
      labelSmoothing: 0.19,
      optim: { logits: { lrScale: 20, lrUnit: "float", weightDecay: 21, momentum: 0.22 } },
      warmupEpochs: 0,
    },
    ...{ logitInit: "normal" as const, temperatureAnnealBegin: 0.23, temperatureAnnealEnd: 0.24, softEpochs: 25 },
    temperatureFinal: null,
  };
  assert.deepEqual(parseTrainingConfig(trainingJson(recipe), "recipe"), recipe);
  const other: TrainingConfig = {
    ...recipe,
    ...{
      lrScheduler: "Cos",
      warmupEpochs: 26,
      temperatureAnnealRate: 1,
      temperatureAnnealStep: 1,
      temperatureFinal: 27,
    },
  };
  assert.deepEqual(parseTrainingConfig(trainingJson(other), "recipe"), other);
});
