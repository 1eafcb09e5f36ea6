import { dirname, isAbsolute } from "node:path";
import type { TrainingConfig } from "../config/training-keys.js";
import type { RunConfig } from "../run/config.js";
import type { Lengthening } from "../run/lengthening.js";
import { type RecordedSettings, recordedSettings } from "../run/recorded-settings.js";
import { SETTING_ROWS } from "../run/settings.js";
import { flagName } from "../text/flag-name.js";
import { isPublishedName } from "./published/run-names.js";
import { configFlags } from "./recipe-flags.js";
import { namedTransforms } from "./transforms-name.js";
import { valueSetName } from "./value-set-name.js";

/** Files beside a published run's `config.json` for settings that no flag and no built-in name can express. */
export const OWN_FILES = { training: "training.json", transforms: "transforms.json" } as const;

/** Settings that a command says by a flag of the same name, with their defaults, which it omits. */
export const COMMAND_SETTINGS: Readonly<Record<string, unknown>> = Object.fromEntries(
  SETTING_ROWS.flatMap(([name, { inCommand, affectsResult, default: value }]) =>
    (inCommand ?? affectsResult) ? [[name, value]] : [],
  ),
);

export interface CommandPlaces {
  /** Placeholder for the data's folder. */
  readonly data: string;
  /** The run's folder, which contains `OWN_FILES` if needed, as a path for the command. */
  readonly run: string;
}

/**
 * The arguments of `weight-search` that train a run again: `train -a resnet20 -d cifar10 -p DATA …`. They give the same
 * `settingsThatAffectResult`; of a run that was lengthened those with which it began, unless its schedule is the same from the beginning
 * (`lengtheningArguments`).
 * @param source the run's `config.json`, named in errors
 * @throws InputError for a configuration without training settings
 */
export function trainArguments(config: RunConfig, source: string, { data, run }: CommandPlaces): string[] {
  const recorded = recordedSettings(config, source);
  const { recipeFile, transforms, values, stage, loadModelState, teacher } = recorded;
  const recipe = recipeToTrain(recorded);
  const { arch, networkFile, ownOptimizer, ownLoss, dataset, datasetFile, search, settings } = config;
  const named = configFlags(recipe, recipeFile, search !== null);
  const args = ["train", "-a", networkFile === null ? arch : filePlace(networkFile.path, run)];
  args.push("-d", datasetFile === null ? dataset : filePlace(datasetFile.path, run));
  const hasFiles = datasetFile === null ? dataset !== "synthetic" : settings.get("path") !== null;
  if (hasFiles) args.push("-p", data);
  if (transforms !== null) {
    args.push("--transform-json", namedTransforms(transforms) ?? `${run}/${OWN_FILES.transforms}`);
  }
  args.push("--train-json", named?.name ?? `${run}/${OWN_FILES.training}`);
  for (const [flag, value] of named?.flags ?? []) args.push(...(value === true ? [flag] : [flag, String(value)]));
  if (ownOptimizer?.file) args.push("--optimizer", filePlace(ownOptimizer.file.path, run));
  if (ownLoss?.file) args.push("--loss", filePlace(ownLoss.file.path, run));
  if (search !== null && values !== null) {
    args.push("-q");
    if (stage === null) args.push("--quant-json", valueSetName(values) ?? JSON.stringify(values));
    else if (stage > 0) args.push("--active-bit", String(stage));
    if (search.firstLayer) args.push("--quantize-first-layer");
    if (search.lastLayer) args.push("--quantize-last-layer");
  }
  if (loadModelState !== null) args.push("--load-model-state", modelPlace(loadModelState, run));
  if (teacher !== null) args.push("--teacher", modelPlace(teacher, run));
  for (const [key, omitted] of Object.entries(COMMAND_SETTINGS))
    args.push(...plainArguments(key, settings.get(key), omitted));
  args.push(...machineArguments(settings), "--seed", String(config.seed));
  return args;
}

/**
 * The arguments of the commands that lengthened a run afterwards, in order, each with the epochs after which it was given; none where
 * `trainArguments` gives the same result at once.
 */
export function lengtheningArguments(config: RunConfig, source: string, run: string) {
  return changes(recordedSettings(config, source)).map(({ to, epochs }) => ({
    args: ["train", "--resume", run, "--epochs", String(to)],
    epochs,
  }));
}

/** The training config of `trainArguments`. */
export function recipeToTrain(recorded: RecordedSettings): TrainingConfig {
  const [first] = changes(recorded);
  return { ...recorded.recipe, ...(first !== undefined && { epochs: first.from }) };
}

/** How a run was lengthened, if that changed its schedule. */
function changes({ lengthened }: RecordedSettings): readonly Lengthening[] {
  return lengthened.some(({ changesSchedule }) => changesSchedule) ? lengthened : [];
}

/** A published run has copies of the files of code that it was trained with. */
function filePlace(path: string, run: string): string {
  return isAbsolute(path) ? path : `${run}/${path}`;
}

/** A published run that another one starts from is beside it. */
function modelPlace(model: string, run: string): string {
  return isPublishedName(model) ? `${dirname(run)}/${model}` : model;
}

/** None for a value that goes without saying, or that an older run does not record. */
function plainArguments(key: string, value: unknown, omitted: unknown): string[] {
  if (value === undefined || value === null || value === omitted) return [];
  return value === true ? [flagName(key)] : [flagName(key), String(value)];
}

/** Number of processes and type of device, unless one and the CPU. */
function machineArguments(settings: ReadonlyMap<string, unknown>): string[] {
  const [device, processes] = [settings.get("device"), settings.get("processes")];
  const kind = typeof device === "string" ? (device.split(":")[0] ?? "cpu") : "cpu";
  return [
    ...(typeof processes === "number" && processes > 1 ? ["--nproc-per-node", String(processes)] : []),
    ...(kind === "cpu" ? [] : ["--device", kind]),
  ];
}
