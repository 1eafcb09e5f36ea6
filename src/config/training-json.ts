import type { TrainingRecipe } from "./training.js";

/** What a training JSON calls each setting of a recipe. */
const KEYS: Readonly<Record<Exclude<keyof TrainingRecipe, "optim">, string>> = {
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
  warmupEpochs: "warmup_epochs",
  labelSmoothing: "label_smoothing",
  logitInit: "logit_init",
  firstTemperature: "temp",
  initTemperature: "init_temp",
  temperatureAnnealRate: "temp_anneal_rate",
  temperatureAnnealStep: "temp_anneal_step",
  temperatureMin: "temp_min",
  temperatureAnnealBegin: "temp_anneal_begin",
  temperatureAnnealEnd: "temp_anneal_end",
  temperatureFinal: "temp_final",
  softEpochs: "soft_epochs",
  firstNoiseScale: "random",
  initNoiseScale: "init_random",
  noiseAnnealRate: "random_anneal_rate",
  noiseAnnealStep: "random_anneal_step",
};

/** A recipe as a training JSON says it, nothing left to defaults: `parseTrainingRecipe` reads the same recipe from it. */
export function trainingJson({ optim, ...recipe }: TrainingRecipe): Readonly<Record<string, unknown>> {
  const keys = Object.entries(KEYS) as [keyof typeof KEYS, string][];
  const { lrScale, lrUnit, weightDecay, momentum } = optim.logits;
  return {
    // What is not there is said by no key.
    ...Object.fromEntries(keys.flatMap(([key, jsonKey]) => (recipe[key] === null ? [] : [[jsonKey, recipe[key]]]))),
    optim: { logits: { lr_scale: lrScale, lr_unit: lrUnit, weight_decay: weightDecay, momentum } },
  };
}
