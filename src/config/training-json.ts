import type { TrainingRecipe } from "./training.js";

/** What a training JSON calls each setting of a recipe. */
const KEYS: Readonly<Record<keyof TrainingRecipe, string>> = {
  initLr: "init_lr",
  weightDecay: "weight_decay",
  momentum: "momentum",
  batchSize: "batch_size",
  epochs: "epochs",
  lrScheduler: "lr_scheduler",
  lrStep: "lr_step",
  gamma: "gamma",
  milestones: "milestones",
  etaMin: "eta_min",
  firstTemperature: "temp",
  initTemperature: "init_temp",
  temperatureAnnealRate: "temp_anneal_rate",
  temperatureAnnealStep: "temp_anneal_step",
  temperatureMin: "temp_min",
  firstNoiseScale: "random",
  initNoiseScale: "init_random",
  noiseAnnealRate: "random_anneal_rate",
  noiseAnnealStep: "random_anneal_step",
};

/** A recipe as a training JSON says it, nothing left to defaults: `parseTrainingRecipe` reads the same recipe from it. */
export function trainingJson(recipe: TrainingRecipe): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(KEYS).map(([key, jsonKey]) => [jsonKey, recipe[key as keyof TrainingRecipe]]),
  );
}
