import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { cpus } from "node:os";
import { join, resolve } from "node:path";
import { MAX_CHECKPOINT_MINUTES, MAX_SEED, MAX_STAGE, MAX_WORKERS } from "../cli/options/parsers.js";
import { parseRecordedRecipe } from "../config/recorded-recipe.js";
import { parseRecordedTransforms } from "../config/recorded-transforms.js";
import { checkSchedule } from "../config/schedule.js";
import { MAX_WORLD_SIZE } from "../distributed/environment.js";
import { checkActivationBits } from "../models/registry.js";
import { stageValues, valuesAfterStage } from "../search/progressive-stages.js";
import { checkValueSet } from "../search/value-set.js";
import { packageRoot } from "../system/package-root.js";
import { MAX_THREADS } from "../system/thread-variable.js";
import { threads, versions } from "../tensor/runtime.js";
import { InputError } from "../text/errors.js";
import { JsonFields } from "../text/json-fields.js";
import { ON_NAN, type TrainSettings } from "../train/settings.js";
import { RUN_FORMAT_VERSION, type RunConfig, readActivationBits, readValSplit } from "./config.js";

/** Settings of a run that do not follow from its flags alone. */
export interface RunSurroundings {
  readonly device: string;
  /** Stages of a search bit by bit that the command runs after this one. */
  readonly laterStages: number;
  readonly data: DataIdentity;
  /** Processes that train together. */
  readonly processes: number;
}

/** What a run was trained on, to be told from other data. */
export interface DataIdentity {
  readonly train: number;
  readonly val: number;
  readonly classes: number;
  /** `fingerprint` */
  readonly sha256: string;
}

/** Variables that change which instructions compute, and so how results are rounded. */
const ROUNDING_VARIABLES = [
  "WEIGHT_SEARCH_KERNELS",
  "ATEN_CPU_CAPABILITY",
  "ONEDNN_MAX_CPU_ISA",
  "DNNL_MAX_CPU_ISA",
  "OPENBLAS_CORETYPE",
  "MKL_CBWR",
  "NVIDIA_TF32_OVERRIDE",
  "CUBLAS_WORKSPACE_CONFIG",
];

/** What `config.json` records of a run: everything that determines its results, as far as the program knows it. */
export function runRecord(settings: TrainSettings, surroundings: RunSurroundings, startedAt: Date): object {
  return {
    formatVersion: RUN_FORMAT_VERSION,
    ...settings,
    ...wholePaths(settings),
    weightValues: weightValues(settings),
    ...surroundings,
    startedAt: startedAt.toISOString(),
    versions: programVersions(),
    machine: machine(),
  };
}

/** Every value that a searched weight can take; `null` for a float network. */
export function weightValues({ search, stage }: TrainSettings): readonly number[] | null {
  return stage === null ? (search?.values ?? null) : valuesAfterStage(stage);
}

/** The versions of what runs, by name. */
export function programVersions(): Record<string, string> {
  const { libtorch, kernels, winograd, jpeg } = versions();
  const root = packageRoot();
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  return {
    package: version,
    commit: commitOf(root),
    node: process.versions.node,
    libtorch,
    kernels,
    winograd,
    jpeg,
  };
}

/** The commit of a checkout, with `-dirty` where files were changed since; "unknown" where this is none. */
function commitOf(root: string): string {
  if (!existsSync(join(root, ".git"))) return "unknown";
  try {
    const args = ["-C", root, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"];
    return execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return "unknown";
  }
}

/** What of the machine rounding depends on. */
function machine(): object {
  const [cpu] = cpus();
  const environment = ROUNDING_VARIABLES.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    platform: `${process.platform}-${process.arch}`,
    cpu: cpu?.model.trim() ?? "unknown",
    cores: cpus().length,
    instructionSets: instructionSets(),
    threads: threads(),
    environment: Object.fromEntries(environment),
  };
}

/** Vector instructions, by the names that Linux gives them; none where it does not say. */
function instructionSets(): string[] {
  try {
    const flags = /^(?:flags|Features)\s*: (.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1] ?? "";
    return flags.split(" ").filter((flag) => /^(sse4|avx|fma|f16c|amx|asimd|sve|bf16)/.test(flag));
  } catch {
    return [];
  }
}

/** The paths as they are from any folder, so that other commands find the data wherever they are started. */
function wholePaths(settings: TrainSettings): Partial<TrainSettings> {
  const { path, transforms, recipeFile, loadModelState } = settings;
  return {
    path: path === null ? null : resolve(path),
    transforms: transforms === null ? null : { ...transforms, file: resolve(transforms.file) },
    recipeFile: resolve(recipeFile),
    loadModelState: loadModelState === null ? null : resolve(loadModelState),
  };
}

/** What a run's `config.json` says that it does. */
export interface RecordedRun extends RunSurroundings {
  readonly settings: TrainSettings;
  /** `programVersions` of when it began. */
  readonly versions: ReadonlyMap<string, unknown>;
}

/**
 * The settings of a run, from its `config.json`, checked as if a user had given them.
 * @throws InputError naming `path`, the key, what was expected and what was found
 */
export function readRecord(config: RunConfig, path: string): RecordedRun {
  if (config.formatVersion < 2) {
    throw new InputError(
      `${path}: expected a run with checkpoints, found one of format version ${config.formatVersion}, which has none; ` +
        "--load-model-state starts a new run from it",
    );
  }
  const fields = new JsonFields(Object.fromEntries(config.settings), path);
  const data = fields.object("data");
  return {
    settings: readSettings(fields, path, config.formatVersion),
    device: fields.string("device"),
    laterStages: fields.integer("laterStages", 0),
    data: {
      train: data.integer("train", 1),
      val: data.integer("val", 1),
      classes: data.integer("classes", 1),
      sha256: data.string("sha256"),
    },
    versions: new Map(fields.object("versions").entries()),
    // Before format 3 there was no other way.
    processes: config.formatVersion < 3 ? 1 : fields.integer("processes", 1, MAX_WORLD_SIZE),
  };
}

function readSettings(fields: JsonFields, path: string, formatVersion: number): TrainSettings {
  const text = (key: string) => fields.orNull(key, (from) => from.string(key));
  const search = fields.objectOrNull("search");
  const stage = fields.orNull("stage", (from) => from.integer("stage", 0, MAX_STAGE));
  if (stage !== null && search === null) {
    throw new InputError(`${path}: stage: expected null, since search is, found ${stage}`);
  }
  const recipe = parseRecordedRecipe(fields.unknown("recipe"), path, formatVersion);
  checkSchedule(recipe, path);
  const arch = fields.string("arch");
  const activationBits = readActivationBits(fields);
  checkActivationBits(arch, activationBits, `${path}: activationBits`);
  return {
    arch,
    dataset: fields.string("dataset"),
    path: text("path"),
    transforms: fields.orNull("transforms", (from) => parseRecordedTransforms(from.unknown("transforms"), path)),
    workers: fields.integer("workers", 1, MAX_WORKERS),
    onBadImage: fields.oneOf("onBadImage", ["error", "skip"]),
    // Before format 4 none were held out.
    valSplit: formatVersion < 4 ? null : readValSplit(fields),
    recipeFile: fields.string("recipeFile"),
    recipe,
    search: search && {
      values: stage === null ? checkValueSet(search.list("values"), `${path}: search`) : stageValues(stage),
      firstLayer: search.boolean("firstLayer"),
      lastLayer: search.boolean("lastLayer"),
    },
    stage,
    soft: fields.boolean("soft"),
    activationBits,
    loadModelState: text("loadModelState"),
    seed: fields.integer("seed", 0, MAX_SEED),
    limitBatches: fields.orNull("limitBatches", (from) => from.integer("limitBatches", 1)),
    precision: fields.oneOf("precision", ["float32", "tf32", "bf16"]),
    threads: fields.integer("threads", 1, MAX_THREADS),
    onNan: fields.oneOf("onNan", ON_NAN),
    checkpointMinutes: fields.between("checkpointMinutes", 0, MAX_CHECKPOINT_MINUTES),
    syncBn: formatVersion < 3 ? false : fields.boolean("syncBn"),
    bnCalibration: formatVersion < 4 ? 0 : fields.integer("bnCalibration", 0),
    stateBn: formatVersion < 4 ? false : fields.boolean("stateBn"),
  };
}
