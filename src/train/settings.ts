import { availableParallelism } from "node:os";
import { OPTIM_KEYS, OWN_OPTIMIZER } from "../config/optim-keys.js";
import { overridesText, withOverrides } from "../config/overrides.js";
import { checkSchedule } from "../config/schedule.js";
import { parseTrainingConfig, resolveTrainingConfig } from "../config/training.js";
import type { TrainingConfig } from "../config/training-keys.js";
import { loadValueSet } from "../config/value-set-file.js";
import { defaultWorkers } from "../data/batch-sources.js";
import { readJsonFile } from "../formats/json-file.js";
import type { NetworkFamily } from "../models/network.js";
import { checkActivationBits, networkFamily } from "../models/registry.js";
import { MAX_STAGE } from "../run/limits.js";
import {
  type Machine,
  type RunSettings,
  SETTING_ROWS,
  type SearchSettings,
  type SettingValues,
  withDefaults,
} from "../run/settings.js";
import { stageValues } from "../search/progressive-stages.js";
import { checkValueSet } from "../search/value-set.js";
import { MAX_THREADS, threadsFromEnvironment } from "../system/thread-variable.js";
import { describeValue } from "../text/describe.js";
import { InputError } from "../text/errors.js";
import { resolveTransforms } from "./data.js";
import type { Network } from "./load-network.js";
import { withOptions } from "./optimizer-options.js";
import type { DecidedOptions, Note, TrainOptions } from "./options.js";
import type { OwnParts } from "./own-parts.js";

/** The key that `optimizer` overrides. */
const OPTIMIZER = `optim.${OPTIM_KEYS.name.json}`;

/** Named as the source of a training config that was given by its keys. */
const GIVEN_CONFIG = "config";

/**
 * Checks options against each other and fills in the defaults.
 * @param localProcesses processes of the run on this machine, which share its cores
 * @throws InputError naming the option, what was expected and what was found
 */
export function resolveSettings(
  options: DecidedOptions,
  { arch, family, file: networkFile, optimizer, loss }: Network & OwnParts,
  localProcesses: number,
  note: Note,
): RunSettings {
  checkActivationBits(family, arch, options.activationBits ?? null);
  const stage = resolveStage(options);
  checkStages(stage, options);
  if (options.onNan === "rollback" && options.save === false) {
    throw new InputError("`onNan` rollback goes back to a checkpoint: expected a run that saves its checkpoints");
  }
  checkTeacher(options);
  const name =
    optimizer === undefined ? {} : { [OPTIMIZER]: optimizer.own === null ? optimizer.definition.name : OWN_OPTIMIZER };
  const { file, config: given, source } = resolveConfig(options, name, family, note);
  checkSchedule(given, source);
  const config = { ...given, optim: withOptions(given.optim, optimizer?.definition, source) };
  if (options.stateBn && !(options.soft || (isSearched(options) && config.softEpochs > 0))) {
    throw new InputError(
      "`stateBn` keeps batch statistics of soft and hard weights apart: expected `soft`, or `quantize` and a training config " +
        "with soft_epochs, with it",
    );
  }
  return {
    ...withDefaults(settingValues(options), machineFor(localProcesses)),
    arch,
    networkFile,
    ownOptimizer: optimizer?.own ?? null,
    ownLoss: loss?.own ?? null,
    dataset: options.data.name,
    datasetFile: ("kind" in options.data ? null : options.data.file) ?? null,
    transforms: resolveTransforms(options, note),
    recipeFile: file,
    recipe: config,
    search: resolveSearch(options, stage, note),
    stage,
  };
}

/** The settings of the next stage, which starts from what this one found, in `directory` if it was saved. */
export function nextStage(settings: RunSettings, directory: string | null): RunSettings {
  const stage = (settings.stage ?? 0) + 1;
  const search = settings.search && { ...settings.search, values: stageValues(stage) };
  return { ...settings, stage, search, loadModelState: directory };
}

/** Those of some options that are settings by themselves. */
export function settingValues(options: Partial<SettingValues>): Partial<SettingValues> {
  const given = SETTING_ROWS.flatMap(([name]) => (options[name] === undefined ? [] : [[name, options[name]]]));
  return Object.fromEntries(given) as Partial<SettingValues>;
}

/** What a process of a run may use of this machine, whose cores are shared out among the run's processes. */
export function machineFor(localProcesses: number): Machine {
  const cores = Math.max(1, Math.floor(availableParallelism() / localProcesses));
  // OMP_NUM_THREADS where the environment sets it, as for any OpenMP program: more threads than cores wait for each other.
  return { threads: threadsFromEnvironment() ?? Math.min(cores, MAX_THREADS), workers: defaultWorkers(cores) };
}

/** Options without a meaning unless weights are searched. */
const SEARCH_OPTIONS = [
  "values",
  "quantizeFirstLayer",
  "quantizeLastLayer",
  "soft",
  "stage",
  "stages",
  "temperature",
] as const satisfies readonly (keyof TrainOptions)[];

/** What says how weights are searched. */
export type SearchOptions = Partial<Pick<TrainOptions, "quantize" | (typeof SEARCH_OPTIONS)[number]>>;

/**
 * The stage of progressive quantization, which is what a search without a value set is; `null` where there is none.
 * @throws InputError for options that contradict each other
 */
export function resolveStage(options: SearchOptions): number | null {
  if (!isSearched(options)) {
    const idle = SEARCH_OPTIONS.find((name) => options[name] !== undefined && options[name] !== false);
    if (idle === undefined) return null;
    throw new InputError(`\`${idle}\` says how weights are searched: expected \`quantize\` with it`);
  }
  if (options.values === undefined) return options.stage ?? 0;
  const staged = (["stage", "stages"] as const).find((name) => options[name] !== undefined);
  if (staged === undefined) return null;
  throw new InputError(
    `\`${staged}\` quantizes progressively, without a value set: expected no \`values\` with it, received ${describeValue(options.values)}`,
  );
}

/** What the options say is searched at a stage; `null` for a float network. Throws InputError for a value set that is none. */
export function resolveSearch(options: SearchOptions, stage: number | null, note: Note): SearchSettings | null {
  if (!isSearched(options)) return null;
  return {
    values: options.values === undefined ? stageValues(stage ?? 0) : valueSet(options.values, note),
    firstLayer: options.quantizeFirstLayer ?? false,
    lastLayer: options.quantizeLastLayer ?? false,
  };
}

/** Whether weights are searched: where that is asked for, and where only a value set is given. */
function isSearched({ quantize, values }: SearchOptions): boolean {
  return quantize ?? values !== undefined;
}

function valueSet(values: string | readonly number[], note: Note): readonly number[] {
  return typeof values === "string" ? loadValueSet(values, note) : checkValueSet(values, "`values`");
}

/** A stage after the first starts from what was found before. */
function checkStages(stage: number | null, { stages = 1, loadModelState }: TrainOptions): void {
  if (stage === null) return;
  if (stage > 0 && loadModelState === undefined) {
    throw new InputError(
      `\`stage\` ${stage}: expected \`loadModelState\` with the weights of the stages before, since stage ${stage} ` +
        "only halves those weights or leaves them",
    );
  }
  if (stage + stages - 1 > MAX_STAGE) {
    throw new InputError(`\`stages\`: expected stages up to ${MAX_STAGE}, received ${stages} from stage ${stage} on`);
  }
}

/** Throws InputError for settings of a teacher without one, and for a network that there is none of. */
function checkTeacher({ teacher, teacherArch, teacherTemperature, teacherWeight }: TrainOptions): void {
  if (teacher === undefined || teacher === null) {
    const idle = Object.entries({ teacherArch, teacherTemperature, teacherWeight }).find(([, value]) => value != null);
    if (idle === undefined) return;
    throw new InputError(`\`${idle[0]}\` says how a teacher's outputs are learned: expected \`teacher\` with it`);
  }
  if (teacherArch !== undefined && teacherArch !== null) networkFamily(teacherArch);
}

/** The training config, with what the options override, and the file that it came from. */
function resolveConfig(
  { set, ...options }: DecidedOptions,
  optimizer: Readonly<Record<string, string>>,
  { defaultConfig }: NetworkFamily,
  note: Note,
): { file: string; config: TrainingConfig; source: string } {
  const { data, config: given } = options;
  const name = given ?? (data.name === "synthetic" && !("kind" in data) ? "synthetic" : defaultConfig);
  const file = typeof name === "string" ? resolveTrainingConfig(name, note) : GIVEN_CONFIG;
  const json = typeof name === "string" ? readJsonFile(file) : name;
  // What is wrong in the file alone is said of it alone.
  parseTrainingConfig(json, file);
  const twice = Object.keys(optimizer).find((key) => set?.[key] !== undefined);
  if (twice !== undefined) {
    throw new InputError(`\`optimizer\`: expected none with \`set\` ${twice}, which is the same key`);
  }
  const overrides = { ...options, ...(set !== undefined && { set }) };
  const source = file + overridesText(overrides);
  const all = withOverrides(json, { ...overrides, set: { ...set, ...optimizer } });
  return { file, config: parseTrainingConfig(all, source), source };
}
