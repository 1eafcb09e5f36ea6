import { z } from "zod";
import { checkObject } from "./schema-error.js";
import { isIncreasing, type TrainingRecipe } from "./training.js";

const above0 = () => z.number().positive().describe("a number > 0");
const atLeast0 = () => z.number().min(0).describe("a number ≥ 0");
const below1 = () => z.number().min(0).lt(1).describe("a number ≥ 0 and < 1");
const share = () => z.number().min(0).max(1).describe("a number from 0 to 1");
const count = () => z.int().min(1).describe("an integer ≥ 1");
const word = <Word extends string>(one: Word, other: Word) => z.enum([one, other]).describe(`"${one}" or "${other}"`);

const logits = z
  .strictObject({
    lrScale: above0(),
    lrUnit: word("plain", "float"),
    weightDecay: atLeast0(),
    momentum: below1(),
  })
  .describe("an object");
const optimOfFormat4 = z
  .strictObject({ logits: logits.omit({ lrUnit: true }).describe("an object") })
  .describe("an object");

/** A recipe as a run's `config.json` records it: under the names of `TrainingRecipe`, no default left open. */
const schema = z.strictObject({
  initLr: above0(),
  weightDecay: atLeast0(),
  momentum: below1(),
  batchSize: count(),
  epochs: count(),
  lrScheduler: word("Step", "Cos"),
  lrStep: word("epoch", "batch"),
  gamma: above0(),
  milestones: z.array(z.int().min(1)).refine(isIncreasing).describe("a strictly increasing list of integers ≥ 1"),
  etaMin: atLeast0(),
  warmupEpochs: atLeast0(),
  labelSmoothing: below1(),
  optim: z.strictObject({ logits }).describe("an object"),
  logitInit: word("uniform", "normal"),
  firstTemperature: above0(),
  initTemperature: above0(),
  temperatureAnnealRate: above0(),
  temperatureAnnealStep: count(),
  temperatureMin: above0(),
  temperatureAnnealBegin: share(),
  temperatureAnnealEnd: share(),
  temperatureFinal: above0().nullable().describe("a number > 0, or null"),
  softEpochs: z.int().min(0).describe("an integer ≥ 0"),
  firstNoiseScale: atLeast0(),
  initNoiseScale: atLeast0(),
  noiseAnnealRate: atLeast0(),
  noiseAnnealStep: count(),
});

/** What recipes could not say before run format 4. */
const BEFORE_FORMAT_4 = {
  warmupEpochs: 0,
  labelSmoothing: 0,
  logitInit: "uniform",
  temperatureAnnealBegin: 0,
  temperatureAnnealEnd: 1,
  temperatureFinal: null,
  softEpochs: 0,
};

/**
 * Checks a recorded recipe of a run format (`RUN_FORMAT_VERSION`). Throws InputError naming `source`, the key, what was expected and
 * what was found.
 */
export function parseRecordedRecipe(json: unknown, source: string, formatVersion: number): TrainingRecipe {
  if (formatVersion >= 5 || typeof json !== "object" || json === null) {
    return checkObject(schema, json, source, "recipe.");
  }
  const { optim: _, ...shape } = schema.shape;
  if (formatVersion === 4) {
    const recipe = checkObject(z.strictObject({ ...shape, optim: optimOfFormat4 }), json, source, "recipe.");
    return { ...recipe, optim: { logits: { ...recipe.optim.logits, lrUnit: "plain" } } };
  }
  const recipe = checkObject(z.strictObject(shape), { ...BEFORE_FORMAT_4, ...json }, source, "recipe.");
  const { weightDecay, momentum } = recipe;
  return { ...recipe, optim: { logits: { lrScale: 1, lrUnit: "plain", weightDecay, momentum } } };
}
