import type { TrainingConfig } from "../config/training-keys.js";
import type { ImageTransforms } from "../data/images/transforms/transform.js";
import { MAX_THREADS } from "../system/thread-variable.js";
import type { UserFile } from "../system/user-module.js";
import { boolean, imagesOrShare, integer, type Kind, number, oneOf, text } from "../text/kinds.js";
import { MAX_ACTIVATION_BITS } from "./limits.js";

/** The cores that a run may use, from which some defaults follow. */
export interface Machine {
  /** Threads of one process. */
  readonly threads: number;
  /** Threads of one process that decode images. */
  readonly workers: number;
}

/**
 * One setting of a run: everything that any part of the program knows of it. Its flag is its name with dashes; an argument of the
 * library and the key in `config.json` are its name.
 */
export interface Setting<Value> {
  readonly kind: Kind<Exclude<Value, null>>;
  /** What it does: one line of `--help`, and of the documentation. */
  readonly description: string;
  /** What stands for its value in `--help`; missing for a setting that is true or false. */
  readonly value?: string;
  /** The group of `--help`. */
  readonly group: SettingGroup;
  readonly default: Value | ((machine: Machine) => Value);
  /** The default in words, where it depends on the machine. */
  readonly defaultText?: string;
  /** The run format (`RUN_FORMAT_VERSION`) in which it came: runs before have its default. Missing: it was always there. */
  readonly since?: number;
  /** Whether runs that differ in it compute something else: it decides whether two runs are the same one done twice. */
  readonly affectsResult: boolean;
  /** Whether the command that trains a run again says it, where it is not the default; missing: as `affectsResult`. */
  readonly inCommand?: boolean;
  /** Whether a resumed run may have another value: where and how it computes, not what. */
  readonly onResume?: boolean;
}

export type SettingGroup = "Data" | "Model" | "Quantization" | "Optimization" | "Checkpoints" | "Device";

function setting<Value>(definition: Setting<Value>): Setting<Value> {
  return definition;
}

/** Seeds are 32 bits of the noise's key. */
const MAX_SEED = 2 ** 32 - 1;
const MAX_WORKERS = 256;
/** Far more than makes all outputs equal. */
const MAX_TEACHER_TEMPERATURE = 1e6;
const MAX_CHECKPOINT_MINUTES = 1e6;

/** Settings with a value of their own. Those that follow from files and from each other are the rest of `RunSettings`. */
export const SETTINGS = {
  path: setting<string | null>({
    group: "Data",
    kind: text("a path"),
    value: "dir",
    description: "folder of the data set's files",
    default: null,
    affectsResult: false,
    onResume: true,
  }),
  valSplit: setting<number | null>({
    group: "Data",
    kind: imagesOrShare,
    value: "n",
    description: "validate on n held-out training images, or a share below 1",
    default: null,
    since: 4,
    affectsResult: true,
  }),
  limitBatches: setting<number | null>({
    group: "Data",
    kind: integer(1),
    value: "n",
    description: "end every training epoch and validation after n batches",
    default: null,
    affectsResult: true,
  }),
  workers: setting<number>({
    group: "Data",
    kind: integer(1, MAX_WORKERS),
    value: "n",
    description: "threads that decode images",
    defaultText: "cores - 1, at most 8",
    default: ({ workers }) => workers,
    affectsResult: false,
    onResume: true,
  }),
  onBadImage: setting<"error" | "skip">({
    group: "Data",
    kind: oneOf("error", "skip"),
    value: "action",
    description: "for an unreadable image: error or skip",
    default: "error",
    affectsResult: true,
    onResume: true,
  }),
  loadModelState: setting<string | null>({
    group: "Model",
    kind: text("a path"),
    value: "file",
    description: "start from a model: safetensors, .pth, .pth.tar, or a run",
    default: null,
    affectsResult: false,
  }),
  activationBits: setting<number | null>({
    group: "Quantization",
    kind: integer(1, MAX_ACTIVATION_BITS),
    value: "k",
    description: "quantize the inputs of convolutions to 1 to 8 bits",
    default: null,
    since: 4,
    affectsResult: true,
  }),
  weightScale: setting<"auto" | "none" | "layer" | "channel">({
    group: "Quantization",
    kind: oneOf("auto", "none", "layer", "channel"),
    value: "kind",
    description: "numbers that scale searched weights: auto, none, layer, channel",
    default: "auto",
    since: 6,
    affectsResult: true,
  }),
  fixedScale: setting<boolean>({
    group: "Quantization",
    kind: boolean,
    description: "scales stay as they begin, by the layer's fan-in",
    default: false,
    since: 6,
    affectsResult: true,
  }),
  soft: setting<boolean>({
    group: "Quantization",
    kind: boolean,
    description: "train with soft (expected) weights instead of hard ones",
    default: false,
    affectsResult: true,
  }),
  seed: setting<number>({
    group: "Optimization",
    kind: integer(0, MAX_SEED),
    value: "s",
    description: "seed of initial values, image order, crops and noise",
    default: 0,
    affectsResult: true,
    inCommand: false,
  }),
  syncBn: setting<boolean>({
    group: "Optimization",
    kind: boolean,
    description: "batch statistics over all ranks",
    default: false,
    since: 3,
    affectsResult: true,
  }),
  stateBn: setting<boolean>({
    group: "Optimization",
    kind: boolean,
    description: "separate BatchNorm statistics for soft and hard weights",
    default: false,
    since: 4,
    affectsResult: true,
  }),
  bnCalibration: setting<number>({
    group: "Optimization",
    kind: integer(0),
    value: "batches",
    description: "recalibrate BatchNorm on n batches before validation",
    default: 0,
    since: 4,
    affectsResult: true,
  }),
  patience: setting<number | null>({
    group: "Optimization",
    kind: integer(1),
    value: "n",
    description: "end after n epochs without a better validation top-1",
    default: null,
    since: 6,
    affectsResult: true,
  }),
  teacher: setting<string | null>({
    group: "Optimization",
    kind: text("a path"),
    value: "run",
    description: "learn from this model's outputs too: a run, or a file",
    default: null,
    since: 6,
    affectsResult: false,
    onResume: true,
  }),
  teacherArch: setting<string | null>({
    group: "Optimization",
    kind: text("the name of a network"),
    value: "name",
    description: "the teacher's network, where its file does not say",
    default: null,
    since: 6,
    affectsResult: true,
  }),
  teacherTemperature: setting<number>({
    group: "Optimization",
    kind: number({ above: 0, max: MAX_TEACHER_TEMPERATURE }),
    value: "t",
    description: "temperature of both softmaxes in the teacher's loss",
    default: 4,
    since: 6,
    affectsResult: true,
  }),
  teacherWeight: setting<number>({
    group: "Optimization",
    kind: number({ min: 0, max: 1 }),
    value: "w",
    description: "weight of the teacher's loss; the labels' has the rest",
    default: 0.5,
    since: 6,
    affectsResult: true,
  }),
  onNan: setting<"stop" | "skip" | "rollback">({
    group: "Optimization",
    kind: oneOf("stop", "skip", "rollback"),
    value: "action",
    description: "for a NaN or infinite loss: stop, skip, rollback",
    default: "stop",
    affectsResult: false,
    inCommand: true,
    onResume: true,
  }),
  checkpointMinutes: setting<number>({
    group: "Checkpoints",
    kind: number({ min: 0, max: MAX_CHECKPOINT_MINUTES }),
    value: "m",
    description: "minutes between checkpoints in an epoch; 0: none",
    default: 10,
    affectsResult: false,
    onResume: true,
  }),
  precision: setting<"float32" | "tf32" | "bf16">({
    group: "Device",
    kind: oneOf("float32", "tf32", "bf16"),
    value: "p",
    description: "CUDA arithmetic: float32, tf32 or bf16",
    default: "float32",
    affectsResult: true,
  }),
  threads: setting<number>({
    group: "Device",
    kind: integer(1, MAX_THREADS),
    value: "n",
    description: "CPU threads",
    defaultText: "OMP_NUM_THREADS, or all cores",
    default: ({ threads }) => threads,
    affectsResult: false,
    onResume: true,
  }),
} as const;

export type SettingName = keyof typeof SETTINGS;

/** The values of `SETTINGS`. */
export type SettingValues = {
  readonly [Name in SettingName]: (typeof SETTINGS)[Name] extends Setting<infer Value> ? Value : never;
};

/** The table's rows, for what treats all settings alike. */
export const SETTING_ROWS = Object.entries(SETTINGS) as [SettingName, Setting<unknown>][];

/** What a run does, every choice made; this is what `config.json` records. */
export interface RunSettings extends SettingValues {
  /** The network, by its name. */
  readonly arch: string;
  /** The file that defines it; `null` for a network that is built in or was given by a script. */
  readonly networkFile: UserFile | null;
  /** The optimizer, where it is one of the caller's own; `null`: `recipe.optim.name`. */
  readonly ownOptimizer: OwnPart | null;
  /** The loss function, where it is one of the caller's own; `null`: cross-entropy. */
  readonly ownLoss: OwnPart | null;
  readonly dataset: string;
  /** The file that exports the data set; `null` for one that is built in or given in a script. */
  readonly datasetFile: UserFile | null;
  /** How images are prepared, and the file that says so; `null`: as the data set itself says. */
  readonly transforms: ImageTransforms | null;
  /** The file the training config came from; some of it may be overridden. */
  readonly recipeFile: string;
  readonly recipe: TrainingConfig;
  /** What is searched, and over which values; `null` for a float network. */
  readonly search: SearchSettings | null;
  /** The stage, from 0, of progressive quantization; `null` for a search over a given value set, or none. */
  readonly stage: number | null;
}

/** Code of the user's that a run is trained with: its name, and its file; `null` where a script gave it. */
export interface OwnPart {
  readonly name: string;
  readonly file: UserFile | null;
}

/** Which layers of a network are searched, and over which values. */
export interface SearchSettings {
  readonly values: readonly number[];
  /** Whether the first and last layers are searched too. */
  readonly firstLayer: boolean;
  readonly lastLayer: boolean;
}

/** The given values, and the defaults of all others. */
export function withDefaults(given: Partial<SettingValues>, machine: Machine): SettingValues {
  const values = SETTING_ROWS.map(([name, { default: value }]) => [
    name,
    given[name] ?? (typeof value === "function" ? value(machine) : value),
  ]);
  return Object.fromEntries(values) as SettingValues;
}

/** Those of the given values that a resumed run may take instead of its own. */
export function resumeOverrides(given: Partial<SettingValues>): Partial<SettingValues> {
  const names = SETTING_ROWS.filter(([name, { onResume }]) => onResume && given[name] !== undefined).map(
    ([name]) => name,
  );
  return Object.fromEntries(names.map((name) => [name, given[name]])) as Partial<SettingValues>;
}
