import { z } from "zod";
import { InputError } from "../errors.js";
import { type Note, resolveJson } from "./built-in-json.js";
import { quote } from "./describe-value.js";
import { readJsonFile } from "./json-file.js";
import { checkObject, keyError } from "./schema-error.js";

/** How a network is trained, every choice made: what a training JSON says with the defaults filled in. */
export interface TrainingRecipe {
  /** Learning rate before any decay. */
  readonly initLr: number;
  readonly weightDecay: number;
  /** SGD momentum, in [0, 1). */
  readonly momentum: number;
  /** Images a step over all processes together. */
  readonly batchSize: number;
  readonly epochs: number;
  /** `Step`: times `gamma` at each milestone. `Cos`: half a cosine from `initLr` to `etaMin`. */
  readonly lrScheduler: "Step" | "Cos";
  /** Whether the learning rate moves after every epoch or after every batch. */
  readonly lrStep: "epoch" | "batch";
  readonly gamma: number;
  /** Strictly increasing; counted in epochs, or in batches when `lrStep` is `batch`. Only `Step` looks at them. */
  readonly milestones: readonly number[];
  /** Learning rate at the end of `Cos`. */
  readonly etaMin: number;
  /** Temperature during the first epoch; the rule below holds from the second on. */
  readonly firstTemperature: number;
  /** At epoch e = 1, 2, …: max(temperatureMin, initTemperature · rate^⌊e / step⌋). */
  readonly initTemperature: number;
  readonly temperatureAnnealRate: number;
  readonly temperatureAnnealStep: number;
  readonly temperatureMin: number;
  /** Gumbel noise scale during the first epoch; the rule below holds from the second on. */
  readonly firstNoiseScale: number;
  /** At epoch e = 1, 2, …: initNoiseScale · rate^⌊e / step⌋. */
  readonly initNoiseScale: number;
  readonly noiseAnnealRate: number;
  readonly noiseAnnealStep: number;
}

const schedulerWords = '"Step" or "Cos"';
const milestoneWords = "a strictly increasing list of integers ≥ 1";
const scheduler = () => z.enum(["Step", "Cos"]).optional().describe(schedulerWords);
const count = () => z.int().min(1);
const above0 = () => z.number().positive();
const atLeast0 = () => z.number().min(0);

/** The keys of a training JSON; `optimizer` is what the original's older files call `lr_scheduler`. */
const schema = z.strictObject({
  init_lr: above0().describe("a number > 0"),
  weight_decay: atLeast0().describe("a number ≥ 0"),
  momentum: z.number().min(0).lt(1).describe("a number ≥ 0 and < 1"),
  batch_size: count().describe("an integer ≥ 1"),
  epochs: count().describe("an integer ≥ 1"),
  lr_scheduler: scheduler(),
  optimizer: scheduler(),
  lr_step: z.enum(["epoch", "batch"]).default("epoch").describe('"epoch" or "batch"'),
  gamma: above0().default(0.1).describe("a number > 0"),
  milestones: z.array(count()).refine(isIncreasing).optional().describe(milestoneWords),
  eta_min: atLeast0().default(0).describe("a number ≥ 0"),
  temp: above0().optional().describe("a number > 0"),
  init_temp: above0().default(1).describe("a number > 0"),
  temp_anneal_rate: above0().default(1).describe("a number > 0"),
  temp_anneal_step: count().default(1).describe("an integer ≥ 1"),
  temp_min: above0().default(1e-5).describe("a number > 0"),
  random: atLeast0().optional().describe("a number ≥ 0"),
  init_random: atLeast0().default(0).describe("a number ≥ 0"),
  random_anneal_rate: atLeast0().default(1).describe("a number ≥ 0"),
  random_anneal_step: count().default(1).describe("an integer ≥ 1"),
});

const defaultRecipes = new Map([
  ["resnet20", "resnet20-200"],
  ["vgg_small", "vggsmall-200"],
  ["resnet18", "resnet18-120"],
  ["resnet34", "resnet18-120"],
  ["resnet50", "resnet18-120"],
]);

/**
 * Checks a training JSON, in the keys of the original program, and fills in its defaults.
 *
 * @param source The file the JSON came from, named in every error.
 * @throws InputError naming the file, the key, what was expected and what was found.
 */
export function parseTrainingRecipe(json: unknown, source: string): TrainingRecipe {
  const settings = checkObject(schema, json, source);
  if (settings.eta_min > settings.init_lr) {
    throw keyError(source, "eta_min", `at most init_lr (${settings.init_lr})`, settings.eta_min);
  }
  const lrScheduler = chooseScheduler(settings.lr_scheduler, settings.optimizer, source);
  if (lrScheduler === "Step" && settings.milestones === undefined) {
    throw keyError(source, "milestones", `${milestoneWords}, since lr_scheduler is "Step"`, undefined);
  }
  return {
    initLr: settings.init_lr,
    weightDecay: settings.weight_decay,
    momentum: settings.momentum,
    batchSize: settings.batch_size,
    epochs: settings.epochs,
    lrScheduler,
    lrStep: settings.lr_step,
    gamma: settings.gamma,
    milestones: settings.milestones ?? [],
    etaMin: settings.eta_min,
    firstTemperature: settings.temp ?? settings.init_temp,
    initTemperature: settings.init_temp,
    temperatureAnnealRate: settings.temp_anneal_rate,
    temperatureAnnealStep: settings.temp_anneal_step,
    temperatureMin: settings.temp_min,
    firstNoiseScale: settings.random ?? settings.init_random,
    initNoiseScale: settings.init_random,
    noiseAnnealRate: settings.random_anneal_rate,
    noiseAnnealStep: settings.random_anneal_step,
  };
}

/** Reads and checks the training JSON at `path`. Throws InputError as `parseTrainingRecipe` does. */
export function loadTrainingRecipe(path: string): TrainingRecipe {
  return parseTrainingRecipe(readJsonFile(path), path);
}

/**
 * The path of the training JSON a user named: a built-in name of json/training (`resnet20-200`), or a path.
 * `note` is told of a path that was read as a built-in name.
 *
 * @throws InputError when it is neither, with the nearest built-in name.
 */
export function resolveRecipe(nameOrPath: string, note: Note): string {
  return resolveJson("training", nameOrPath, note);
}

/** The built-in recipe a network is trained with when the user names none. Throws InputError when there is none. */
export function defaultRecipeName(arch: string): string {
  const name = defaultRecipes.get(arch);
  if (name === undefined) {
    const known = [...defaultRecipes.keys()].join(", ");
    throw new InputError(
      `arch ${quote(arch)}: expected a network with a default training recipe (${known}), found none; name a training JSON`,
    );
  }
  return name;
}

function chooseScheduler(
  lrScheduler: "Step" | "Cos" | undefined,
  optimizer: "Step" | "Cos" | undefined,
  source: string,
): "Step" | "Cos" {
  const chosen = lrScheduler ?? optimizer;
  if (chosen === undefined) {
    throw keyError(source, "lr_scheduler", schedulerWords, undefined);
  }
  if (optimizer !== undefined && optimizer !== chosen) {
    throw keyError(source, "optimizer", `the same as lr_scheduler (${quote(chosen)}), its newer name`, optimizer);
  }
  return chosen;
}

/** Whether each number is more than the one before, and the first one more than 0. */
export function isIncreasing(numbers: readonly number[]): boolean {
  return numbers.every((number, index) => number > (numbers[index - 1] ?? 0));
}
