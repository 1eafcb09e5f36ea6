import { z } from "zod";
import { readJsonFile } from "../formats/json-file.js";
import { quote } from "../text/describe.js";
import { InputError } from "../text/errors.js";
import { type Note, resolveJson } from "./built-in-json.js";
import { type OptimizerGroups, parseOptimizerGroups } from "./optimizer-groups.js";
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
  /** Epochs, at the beginning, in which the learning rate grows in even steps to where the schedule begins. */
  readonly warmupEpochs: number;
  /** α of the training loss, in [0, 1): see `crossEntropy`. */
  readonly labelSmoothing: number;
  /** What holds for a group of parameters instead of the rates and decay above. */
  readonly optim: OptimizerGroups;
  /** How logits start: all but equal (`SearchedWeight`), or from float weights decided (`startFromFloat`); or as normally distributed float weights say (`startFromNormal`). */
  readonly logitInit: "uniform" | "normal";
  /** Temperature during the first epoch; the rule below holds from the second on. */
  readonly firstTemperature: number;
  /** At epoch e = 1, 2, …: max(temperatureMin, initTemperature · rate^⌊e / step⌋). */
  readonly initTemperature: number;
  readonly temperatureAnnealRate: number;
  readonly temperatureAnnealStep: number;
  readonly temperatureMin: number;
  /** Where annealing begins and ends, as shares of the epochs: before and after, the temperature stays. */
  readonly temperatureAnnealBegin: number;
  readonly temperatureAnnealEnd: number;
  /** Reached at the end of annealing, which then takes its rate from it and is smooth; `null`: as rate and step say. */
  readonly temperatureFinal: number | null;
  /** Epochs, at the beginning, with soft weights; hard ones follow. */
  readonly softEpochs: number;
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
const share = () => z.number().min(0).max(1);

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
  warmup_epochs: atLeast0().default(0).describe("a number ≥ 0"),
  label_smoothing: z.number().min(0).lt(1).default(0).describe("a number ≥ 0 and < 1"),
  optim: z.unknown().optional(),
  logit_init: z.enum(["uniform", "normal"]).default("uniform").describe('"uniform" or "normal"'),
  temp: above0().optional().describe("a number > 0"),
  init_temp: above0().default(1).describe("a number > 0"),
  temp_anneal_rate: above0().default(1).describe("a number > 0"),
  temp_anneal_step: count().default(1).describe("an integer ≥ 1"),
  temp_min: above0().default(1e-5).describe("a number > 0"),
  temp_anneal_begin: share().default(0).describe("a number from 0 to 1"),
  temp_anneal_end: share().default(1).describe("a number from 0 to 1"),
  temp_final: above0().optional().describe("a number > 0"),
  soft_epochs: z.int().min(0).default(0).describe("an integer ≥ 0"),
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
  checkTemperature(settings, source);
  checkWarmup(settings, lrScheduler, source);
  const { init_lr: initLr, weight_decay: weightDecay, momentum } = settings;
  return {
    initLr,
    weightDecay,
    momentum,
    batchSize: settings.batch_size,
    epochs: settings.epochs,
    lrScheduler,
    lrStep: settings.lr_step,
    gamma: settings.gamma,
    milestones: settings.milestones ?? [],
    etaMin: settings.eta_min,
    warmupEpochs: settings.warmup_epochs,
    labelSmoothing: settings.label_smoothing,
    optim: parseOptimizerGroups(settings.optim, { lrScale: 1, lrUnit: "plain", weightDecay, momentum }, source),
    logitInit: settings.logit_init,
    firstTemperature: settings.temp ?? settings.init_temp,
    initTemperature: settings.init_temp,
    temperatureAnnealRate: settings.temp_anneal_rate,
    temperatureAnnealStep: settings.temp_anneal_step,
    temperatureMin: settings.temp_min,
    temperatureAnnealBegin: settings.temp_anneal_begin,
    temperatureAnnealEnd: settings.temp_anneal_end,
    temperatureFinal: settings.temp_final ?? null,
    softEpochs: settings.soft_epochs,
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

/** The recipe with another number of epochs, of which soft ones keep their share. */
export function withEpochs(recipe: TrainingRecipe, epochs: number): TrainingRecipe {
  return { ...recipe, epochs, softEpochs: Math.round((recipe.softEpochs * epochs) / recipe.epochs) };
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

/** Annealing takes its rate either from where it ends or from `temp_anneal_rate`, and ends after it began. */
function checkTemperature(settings: z.output<typeof schema>, source: string): void {
  const { temp_anneal_begin: begin, temp_anneal_end: end, temp_final: final, temp_min: minimum } = settings;
  if (end <= begin) throw keyError(source, "temp_anneal_end", `more than temp_anneal_begin (${begin})`, end);
  if (final === undefined) return;
  for (const key of ["temp_anneal_rate", "temp_anneal_step"] as const) {
    if (settings[key] === 1) continue;
    throw keyError(source, key, "none, or 1, since temp_final says where annealing ends", settings[key]);
  }
  if (final < minimum) throw keyError(source, "temp_final", `at least temp_min (${minimum})`, final);
}

/** A rate that grows does so batch by batch. That it does not grow past the end is checked with the schedule, once flags have had their say. */
function checkWarmup(settings: z.output<typeof schema>, lrScheduler: "Step" | "Cos", source: string): void {
  const { warmup_epochs: warmup, lr_step: lrStep } = settings;
  if (warmup === 0) return;
  if (lrStep !== "batch") throw keyError(source, "lr_step", '"batch", since warmup_epochs is more than 0', lrStep);
  if (lrScheduler === "Step")
    throw keyError(source, "lr_scheduler", '"Cos", since warmup_epochs is more than 0', "Step");
}

/** Whether each number is more than the one before, and the first one more than 0. */
export function isIncreasing(numbers: readonly number[]): boolean {
  return numbers.every((number, index) => number > (numbers[index - 1] ?? 0));
}
