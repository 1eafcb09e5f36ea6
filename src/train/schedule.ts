import type { TrainingRecipe } from "../config/training.js";
import { type LearningRateSchedule, learningRateAt } from "../optim/learning-rate.js";
import { annealed } from "../search/annealing.js";

/** The learning rate at a batch of an epoch, both counted from 0, as the recipe says. */
export function learningRate(recipe: TrainingRecipe, batchesPerEpoch: number, epoch: number, batch: number): number {
  const byBatch = recipe.lrStep === "batch";
  const totalSteps = byBatch ? recipe.epochs * batchesPerEpoch : recipe.epochs;
  const schedule: LearningRateSchedule =
    recipe.lrScheduler === "Cos"
      ? { kind: "cosine", initial: recipe.initLr, minimum: recipe.etaMin, totalSteps }
      : { kind: "step", initial: recipe.initLr, gamma: recipe.gamma, milestones: recipe.milestones };
  return learningRateAt(schedule, byBatch ? epoch * batchesPerEpoch + batch : epoch);
}

/** The temperature of an epoch, counted from 0. */
export function temperatureOf(recipe: TrainingRecipe, epoch: number): number {
  return annealed(
    {
      first: recipe.firstTemperature,
      initial: recipe.initTemperature,
      rate: recipe.temperatureAnnealRate,
      every: recipe.temperatureAnnealStep,
      minimum: recipe.temperatureMin,
    },
    epoch,
  );
}

/** The noise scale of an epoch, counted from 0. */
export function noiseScaleOf(recipe: TrainingRecipe, epoch: number): number {
  return annealed(
    {
      first: recipe.firstNoiseScale,
      initial: recipe.initNoiseScale,
      rate: recipe.noiseAnnealRate,
      every: recipe.noiseAnnealStep,
      minimum: 0,
    },
    epoch,
  );
}
