import { z } from "zod";
import { checkObject } from "./schema-error.js";
import { isIncreasing, type TrainingRecipe } from "./training.js";

const above0 = () => z.number().positive().describe("a number > 0");
const atLeast0 = () => z.number().min(0).describe("a number ≥ 0");
const count = () => z.int().min(1).describe("an integer ≥ 1");
const word = <Word extends string>(one: Word, other: Word) => z.enum([one, other]).describe(`"${one}" or "${other}"`);

/** A recipe as a run's `config.json` records it: under the names of `TrainingRecipe`, no default left open. */
const schema = z.strictObject({
  initLr: above0(),
  weightDecay: atLeast0(),
  momentum: z.number().min(0).lt(1).describe("a number ≥ 0 and < 1"),
  batchSize: count(),
  epochs: count(),
  lrScheduler: word("Step", "Cos"),
  lrStep: word("epoch", "batch"),
  gamma: above0(),
  milestones: z.array(z.int().min(1)).refine(isIncreasing).describe("a strictly increasing list of integers ≥ 1"),
  etaMin: atLeast0(),
  firstTemperature: above0(),
  initTemperature: above0(),
  temperatureAnnealRate: above0(),
  temperatureAnnealStep: count(),
  temperatureMin: above0(),
  firstNoiseScale: atLeast0(),
  initNoiseScale: atLeast0(),
  noiseAnnealRate: atLeast0(),
  noiseAnnealStep: count(),
});

/** Checks a recorded recipe. Throws InputError naming `source`, the key, what was expected and what was found. */
export function parseRecordedRecipe(json: unknown, source: string): TrainingRecipe {
  return checkObject(schema, json, source, "recipe.");
}
