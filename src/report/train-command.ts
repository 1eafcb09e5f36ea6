import { dirname } from "node:path";
import type { RunConfig } from "../run/config.js";
import { recordedSettings } from "../run/recorded-settings.js";
import { isPublishedName } from "./published/run-names.js";
import { namedRecipe } from "./recipe-flags.js";
import { namedTransforms } from "./transforms-name.js";
import { valueSetName } from "./value-set-name.js";

/** The files beside a published run's `config.json` that say what no flag and no built-in name does. */
export const OWN_FILES = { training: "training.json", transforms: "transforms.json" } as const;

/**
 * Settings that a flag of the same name says, with what goes without saying: `limitBatches` is `--limit-batches`. A setting of
 * `decisiveSettings` that has no place here is missing from the commands of RESULTS.md (train-words.test.ts).
 */
export const PLAIN_SETTINGS: Readonly<Record<string, unknown>> = {
  activationBits: null,
  soft: false,
  onBadImage: "error",
  onNan: "stop",
  precision: "float32",
  limitBatches: null,
  valSplit: null,
  bnCalibration: 0,
  stateBn: false,
  syncBn: false,
};

export interface CommandPlaces {
  /** What stands for the folder of the data. */
  readonly data: string;
  /** The run's folder, in which `OWN_FILES` are where they are needed; a path as the command has it. */
  readonly run: string;
}

/**
 * The words after `weight-search` that train a run again: `train -a resnet20 -d cifar10 -p DATA …`. They give the same
 * `decisiveSettings`.
 * @param source the run's `config.json`, named in errors
 * @throws InputError for a configuration that does not say how it was trained
 */
export function trainArguments(config: RunConfig, source: string, { data, run }: CommandPlaces): string[] {
  const { recipe, recipeFile, transforms, values, stage, loadModelState } = recordedSettings(config, source);
  const { arch, dataset, search, settings } = config;
  const spoken = namedRecipe(recipe, recipeFile, search !== null);
  const words = ["train", "-a", arch, "-d", dataset];
  if (dataset !== "synthetic") words.push("-p", data);
  if (transforms !== null) {
    words.push("--transform-json", namedTransforms(transforms) ?? `${run}/${OWN_FILES.transforms}`);
  }
  words.push("--train-json", spoken?.name ?? `${run}/${OWN_FILES.training}`);
  for (const [flag, value] of spoken?.flags ?? []) words.push(flag, String(value));
  if (search !== null && values !== null) {
    words.push("-q");
    if (stage === null) words.push("--quant-json", valueSetName(values) ?? JSON.stringify(values));
    else if (stage > 0) words.push("--active-bit", String(stage));
    if (search.firstLayer) words.push("--quantize-first-layer");
    if (search.lastLayer) words.push("--quantize-last-layer");
  }
  if (loadModelState !== null) words.push("--load-model-state", modelPlace(loadModelState, run));
  for (const [key, unsaid] of Object.entries(PLAIN_SETTINGS))
    words.push(...plainArguments(key, settings.get(key), unsaid));
  words.push(...machineArguments(settings), "--seed", String(config.seed));
  return words;
}

/** A published run that another one starts from lies beside it. */
function modelPlace(model: string, run: string): string {
  return isPublishedName(model) ? `${dirname(run)}/${model}` : model;
}

/** None for a value that goes without saying, or that an older run does not record. */
function plainArguments(key: string, value: unknown, unsaid: unknown): string[] {
  if (value === undefined || value === null || value === unsaid) return [];
  const flag = `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  return value === true ? [flag] : [flag, String(value)];
}

/** Processes and kind of device, where they are not one and the CPU. */
function machineArguments(settings: ReadonlyMap<string, unknown>): string[] {
  const [device, processes] = [settings.get("device"), settings.get("processes")];
  const kind = typeof device === "string" ? (device.split(":")[0] ?? "cpu") : "cpu";
  return [
    ...(typeof processes === "number" && processes > 1 ? ["--nproc-per-node", String(processes)] : []),
    ...(kind === "cpu" ? [] : ["--device", kind]),
  ];
}
