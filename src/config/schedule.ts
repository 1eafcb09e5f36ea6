import { type LearningRateSchedule, learningRateAt } from "../optim/learning-rate.js";
import { annealed } from "../search/annealing.js";
import { InputError } from "../text/errors.js";
import type { TrainingConfig } from "./training-keys.js";

/** The learning rate at a batch of an epoch, both counted from 0. */
export function learningRate(recipe: TrainingConfig, batchesPerEpoch: number, epoch: number, batch: number): number {
  const byBatch = recipe.lrStep === "batch";
  const totalSteps = byBatch ? recipe.epochs * batchesPerEpoch : recipe.epochs;
  const warmupSteps = Math.round(recipe.warmupEpochs * (byBatch ? batchesPerEpoch : 1));
  const schedule: LearningRateSchedule =
    recipe.lrScheduler === "Cos"
      ? { kind: "cosine", initial: recipe.initLr, minimum: recipe.etaMin, totalSteps, warmupSteps }
      : { kind: "step", initial: recipe.initLr, gamma: recipe.gamma, milestones: recipe.milestones, warmupSteps };
  return learningRateAt(schedule, byBatch ? epoch * batchesPerEpoch + batch : epoch);
}

/** The temperature of an epoch, counted from 0. */
export function temperatureOf(recipe: TrainingConfig, epoch: number): number {
  return annealed(
    {
      first: recipe.firstTemperature,
      initial: recipe.initTemperature,
      decay:
        recipe.temperatureFinal !== null
          ? { final: recipe.temperatureFinal }
          : { rate: recipe.temperatureAnnealRate, every: recipe.temperatureAnnealStep },
      minimum: recipe.temperatureMin,
      begin: recipe.temperatureAnnealBegin,
      end: recipe.temperatureAnnealEnd,
    },
    epoch,
    recipe.epochs,
  );
}

/** The noise scale of an epoch, counted from 0. */
export function noiseScaleOf(recipe: TrainingConfig, epoch: number): number {
  return annealed(
    {
      first: recipe.firstNoiseScale,
      initial: recipe.initNoiseScale,
      decay: { rate: recipe.noiseAnnealRate, every: recipe.noiseAnnealStep },
      minimum: 0,
      begin: 0,
      end: 1,
    },
    epoch,
    recipe.epochs,
  );
}

/** Whether the weights of an epoch, counted from 0, are soft; `soft` makes them soft in all epochs. */
export function isSoftEpoch(recipe: TrainingConfig, soft: boolean, epoch: number): boolean {
  return soft || epoch < recipe.softEpochs;
}

/** Range of temperatures and noise scales, well within float32. */
const MIN_FLOAT = 1e-30;
const MAX_FLOAT = 1e30;

/**
 * Checks that annealed values stay within float32 in every epoch, and that warm-up is shorter than the training. Throws
 * InputError naming `source`, the epoch and the keys that determine the value.
 */
export function checkSchedule(recipe: TrainingConfig, source: string): void {
  const { warmupEpochs, softEpochs, epochs } = recipe;
  if (warmupEpochs > 0 && warmupEpochs >= epochs) {
    throw new InputError(`${source}: warmup_epochs: expected less than the epochs (${epochs}), found ${warmupEpochs}`);
  }
  if (softEpochs > epochs) {
    throw new InputError(`${source}: soft_epochs: expected at most the epochs (${epochs}), found ${softEpochs}`);
  }
  // The first epoch has a separate value; from the second to the last the value is monotonic.
  for (const epoch of new Set([0, Math.min(1, recipe.epochs - 1), recipe.epochs - 1])) {
    const keys = (name: string) => (epoch === 0 ? name : `init_${name}, ${name}_anneal_rate and ${name}_anneal_step`);
    const temperatureKeys = epoch > 0 && recipe.temperatureFinal !== null ? "init_temp and temp_final" : keys("temp");
    const fail = (what: string, min: number, found: number, cause: string) => {
      const range = `a number from ${min} to ${MAX_FLOAT}`;
      return new InputError(`${source}: ${what} of epoch ${epoch + 1}, by ${cause}: expected ${range}, found ${found}`);
    };
    const temperature = temperatureOf(recipe, epoch);
    if (!(temperature >= MIN_FLOAT && temperature <= MAX_FLOAT))
      throw fail("temperature", MIN_FLOAT, temperature, temperatureKeys);
    const noiseScale = noiseScaleOf(recipe, epoch);
    if (!(noiseScale <= MAX_FLOAT)) throw fail("noise scale", 0, noiseScale, keys("random"));
  }
}
