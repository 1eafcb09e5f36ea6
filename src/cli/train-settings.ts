import { availableParallelism } from "node:os";
import { defaultRecipeName, loadTrainingRecipe, resolveRecipe, type TrainingRecipe } from "../config/training.js";
import { loadValueSet } from "../config/value-set-file.js";
import { InputError } from "../errors.js";
import type { SearchPolicy } from "../models/search-policy.js";
import { networkFamily } from "./network-flag.js";
import { note } from "./note.js";

/** The flags of `weight-search train`, as commander hands them over. */
export interface TrainFlags {
  readonly arch: string;
  readonly dataset: string;
  readonly path?: string;
  readonly trainJson?: string;
  readonly trainingJson?: string;
  readonly quantizeNetwork?: boolean;
  readonly quantJson?: string;
  readonly quantizeFirstLayer?: boolean;
  readonly quantizeLastLayer?: boolean;
  readonly soft?: boolean;
  readonly epochs?: number;
  readonly batchSize?: number;
  readonly temperature?: number;
  readonly limitBatches?: number;
  readonly seed: number;
  readonly threads?: number;
  readonly save?: boolean;
  readonly workDir: string;
  readonly verbose?: boolean;
}

/** What a run does, every choice made; this is what `config.json` records. */
export interface TrainSettings {
  readonly arch: string;
  readonly dataset: string;
  readonly path: string | null;
  /** The file the recipe came from; flags may have overruled some of it. */
  readonly recipeFile: string;
  readonly recipe: TrainingRecipe;
  readonly search: SearchPolicy | null;
  readonly soft: boolean;
  readonly seed: number;
  readonly limitBatches: number | null;
  readonly threads: number;
}

/** Checks flags against each other and fills in the defaults. Throws InputError. */
export function resolveSettings(flags: TrainFlags): TrainSettings {
  networkFamily(flags.arch);
  const recipeFile = resolveRecipe(recipeName(flags), note);
  return {
    arch: flags.arch,
    dataset: flags.dataset,
    path: flags.path ?? null,
    recipeFile,
    recipe: overruled(loadTrainingRecipe(recipeFile), flags),
    search: searchPolicy(flags),
    soft: flags.soft ?? false,
    seed: flags.seed,
    limitBatches: flags.limitBatches ?? null,
    threads: flags.threads ?? defaultThreads(),
  };
}

function recipeName({ trainJson, trainingJson, dataset, arch }: TrainFlags): string {
  if (trainJson !== undefined && trainingJson !== undefined && trainJson !== trainingJson) {
    throw new InputError(
      `options --train-json and --training-json are the same: expected one value, received "${trainJson}" and "${trainingJson}"`,
    );
  }
  return trainJson ?? trainingJson ?? (dataset === "synthetic" ? "synthetic" : defaultRecipeName(arch));
}

function overruled(recipe: TrainingRecipe, { epochs, batchSize, temperature }: TrainFlags): TrainingRecipe {
  return {
    ...recipe,
    ...(epochs !== undefined && { epochs }),
    ...(batchSize !== undefined && { batchSize }),
    ...(temperature !== undefined && { firstTemperature: temperature, initTemperature: temperature }),
  };
}

/** The flags that say what is searched, and over which values. */
export type SearchFlags = Pick<
  TrainFlags,
  "quantizeNetwork" | "quantJson" | "quantizeFirstLayer" | "quantizeLastLayer" | "soft"
>;

/** What the flags say is searched; `null` for a float network. Throws InputError for flags that do not go together. */
export function searchPolicy(flags: SearchFlags): SearchPolicy | null {
  if (flags.quantizeNetwork) {
    if (flags.quantJson === undefined) {
      throw new InputError(
        "option -q/--quantize-network: expected --quant-json with the value set to search over, e.g. --quant-json 1b",
      );
    }
    return {
      values: loadValueSet(flags.quantJson, note),
      firstLayer: flags.quantizeFirstLayer ?? false,
      lastLayer: flags.quantizeLastLayer ?? false,
    };
  }
  const idle = (["quantJson", "quantizeFirstLayer", "quantizeLastLayer", "soft"] as const).find(
    (flag) => flags[flag] !== undefined,
  );
  if (idle !== undefined) {
    const name = idle.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new InputError(`option --${name} says how weights are searched: expected -q/--quantize-network with it`);
  }
  return null;
}

/** OMP_NUM_THREADS where the environment sets it, as for any OpenMP program; else every core. */
function defaultThreads(): number {
  const fromEnvironment = Number(process.env["OMP_NUM_THREADS"]);
  return Number.isInteger(fromEnvironment) && fromEnvironment > 0 ? fromEnvironment : availableParallelism();
}
