import { type DataFlags, defaultThreads } from "../cli/options/data.js";
import { networkFamily } from "../cli/options/network.js";
import { MAX_STAGE } from "../cli/options/parsers.js";
import { resolveStage, type SearchFlags, searchPolicy } from "../cli/options/search.js";
import { checkSchedule } from "../config/schedule.js";
import {
  defaultRecipeName,
  loadTrainingRecipe,
  resolveRecipe,
  type TrainingRecipe,
  withEpochs,
} from "../config/training.js";
import { checkActivationBits } from "../models/registry.js";
import type { SearchPolicy } from "../models/search-policy.js";
import { stageValues } from "../search/progressive-stages.js";
import { note } from "../system/note.js";
import type { Precision } from "../tensor/precision.js";
import { InputError } from "../text/errors.js";
import { type DataSettings, defaultDataset, resolveData } from "./data.js";
import type { OnNan } from "./divergence.js";

/** What `--on-nan` takes. */
export const ON_NAN: readonly OnNan[] = ["stop", "skip", "rollback"];

/** Minutes between two checkpoints within an epoch. */
const CHECKPOINT_MINUTES = 10;

/** The flags of `weight-search train`, as commander hands them over. */
export interface TrainFlags extends DataFlags, SearchFlags {
  readonly arch?: string;
  readonly trainJson?: string;
  readonly trainingJson?: string;
  readonly loadModelState?: string;
  readonly epochs?: number;
  readonly batchSize?: number;
  readonly limitBatches?: number;
  readonly seed: number;
  readonly syncBn?: boolean;
  readonly bnCalibration?: number;
  readonly stateBn?: boolean;
  readonly localRank?: number;
  readonly save?: boolean;
  readonly workDir: string;
  readonly resume?: string;
  readonly checkpointMinutes?: number;
  readonly onNan?: OnNan;
  readonly backend?: "auto" | "gloo" | "nccl";
  readonly distTimeout?: number;
  readonly verbose?: boolean;
}

/** What a run does, every choice made; this is what `config.json` records. */
export interface TrainSettings extends DataSettings {
  readonly arch: string;
  /** The file the recipe came from; flags may have overruled some of it. */
  readonly recipeFile: string;
  readonly recipe: TrainingRecipe;
  readonly search: SearchPolicy | null;
  /** The stage, from 0, of a search bit by bit; `null` for a search over a given value set, or none. */
  readonly stage: number | null;
  readonly soft: boolean;
  /** Bits of the activations that go into convolutions; `null` where they are float. */
  readonly activationBits: number | null;
  /** The model the run starts from; `null` for new initial values. */
  readonly loadModelState: string | null;
  readonly seed: number;
  readonly limitBatches: number | null;
  readonly precision: Precision;
  readonly threads: number;
  readonly onNan: OnNan;
  /** Minutes between two checkpoints within an epoch; 0: there are none but those after each epoch. */
  readonly checkpointMinutes: number;
  /** Whether batch statistics are taken over all processes. */
  readonly syncBn: boolean;
  /** Batches of which running batch statistics are taken anew before each validation; 0: they stay training's. */
  readonly bnCalibration: number;
  /** Whether soft and hard weights have running batch statistics of their own. */
  readonly stateBn: boolean;
}

/**
 * Checks flags against each other and fills in the defaults. Throws InputError.
 * @param localProcesses processes of the run on this machine, which share its cores
 */
export function resolveSettings(flags: TrainFlags, localProcesses = 1): TrainSettings {
  const arch = flags.arch ?? defaultArch(flags);
  const activationBits = flags.activationBits ?? null;
  networkFamily(arch);
  checkActivationBits(arch, activationBits);
  const stage = resolveStage(flags);
  checkStages(stage, flags);
  if (flags.onNan === "rollback" && flags.save === false) {
    throw new InputError("option --on-nan rollback goes back to a checkpoint: expected no --no-save with it");
  }
  const recipeFile = resolveRecipe(recipeName(flags, arch), note);
  const recipe = overruled(loadTrainingRecipe(recipeFile), flags);
  checkSchedule(recipe, recipeFile);
  const hasSoftWeights = flags.soft || (flags.quantizeNetwork && recipe.softEpochs > 0);
  if (flags.stateBn && !hasSoftWeights) {
    throw new InputError(
      "option --state-bn keeps batch statistics of mean values and of best values apart: expected --soft, or -q and a recipe with soft_epochs, with it",
    );
  }
  return {
    arch,
    ...resolveData(flags, localProcesses),
    recipeFile,
    recipe,
    search: searchPolicy(flags, stage),
    stage,
    soft: flags.soft ?? false,
    activationBits,
    loadModelState: flags.loadModelState ?? null,
    seed: flags.seed,
    limitBatches: flags.limitBatches ?? null,
    precision: flags.precision ?? "float32",
    threads: flags.threads ?? defaultThreads(localProcesses),
    onNan: flags.onNan ?? "stop",
    checkpointMinutes: flags.checkpointMinutes ?? CHECKPOINT_MINUTES,
    syncBn: flags.syncBn ?? false,
    bnCalibration: flags.bnCalibration ?? 0,
    stateBn: flags.stateBn ?? false,
  };
}

/** The settings of the next stage, which starts from what this one found, in `directory` if it was saved. */
export function nextStage(settings: TrainSettings, directory: string | null): TrainSettings {
  const stage = (settings.stage ?? 0) + 1;
  const search = settings.search && { ...settings.search, values: stageValues(stage) };
  return { ...settings, stage, search, loadModelState: directory };
}

/** The network of a command without `-a`: the original program's on CIFAR. */
function defaultArch(flags: TrainFlags): string {
  const dataset = flags.dataset ?? defaultDataset(flags);
  if (dataset === "synthetic") return "resnet20";
  return dataset.startsWith("cifar") ? "vgg_small" : "resnet18";
}

function recipeName({ trainJson, trainingJson, ...flags }: TrainFlags, arch: string): string {
  if (trainJson !== undefined && trainingJson !== undefined && trainJson !== trainingJson) {
    throw new InputError(
      `options --train-json and --training-json are the same: expected one value, received "${trainJson}" and "${trainingJson}"`,
    );
  }
  const dataset = flags.dataset ?? defaultDataset(flags);
  return trainJson ?? trainingJson ?? (dataset === "synthetic" ? "synthetic" : defaultRecipeName(arch));
}

function overruled(recipe: TrainingRecipe, { epochs, batchSize, temperature }: TrainFlags): TrainingRecipe {
  return {
    ...(epochs === undefined ? recipe : withEpochs(recipe, epochs)),
    ...(batchSize !== undefined && { batchSize }),
    ...(temperature !== undefined && { firstTemperature: temperature, initTemperature: temperature }),
  };
}

/** A stage after the first starts from what was found before. */
function checkStages(stage: number | null, { stages = 1, loadModelState }: TrainFlags): void {
  if (stage === null) return;
  if (stage > 0 && loadModelState === undefined) {
    throw new InputError(
      `option --active-bit ${stage}: expected --load-model-state with what the stages before found, since stage ${stage} ` +
        "only halves those weights or leaves them",
    );
  }
  if (stage + stages - 1 > MAX_STAGE) {
    throw new InputError(
      `option --stages: expected stages up to ${MAX_STAGE}, received ${stages} from stage ${stage} on`,
    );
  }
}
