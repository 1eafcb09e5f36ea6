import { resolve } from "node:path";
import { parseRecordedTraining } from "../config/recorded-training.js";
import { parseRecordedTransforms } from "../config/recorded-transforms.js";
import { checkSchedule } from "../config/schedule.js";
import { stageValues, valuesAfterStage } from "../search/progressive-stages.js";
import { checkValueSet } from "../search/value-set.js";
import { InputError } from "../text/errors.js";
import { JsonFields } from "../text/json-fields.js";
import { RUN_FORMAT_VERSION, type RunConfig, readSettingValues } from "./config.js";
import { type Lengthening, parseLengthenings } from "./lengthening.js";
import { MAX_STAGE } from "./limits.js";
import { type ModelInput, recordedClassNames } from "./model-input.js";
import type { RunSettings, SearchSettings } from "./settings.js";

/** Settings of a run that do not follow from its flags alone. */
export interface RunContext {
  readonly device: string;
  /** Stages of progressive quantization that the command runs after this one. */
  readonly laterStages: number;
  readonly data: DataIdentity;
  readonly input: ModelInput;
  /** Processes that train it. */
  readonly processes: number;
  /** SHA-256 of the teacher's model; missing without one. */
  readonly teacherSha256?: string;
}

/** What a run was trained on, to distinguish it from other data. */
export interface DataIdentity {
  readonly train: number;
  readonly val: number;
  readonly classes: number;
  /** `fingerprint` */
  readonly sha256: string;
}

/** What computes a run: the versions of the program and of what it stands on, and the machine. */
export interface Provenance {
  readonly versions: Readonly<Record<string, string>>;
  readonly machine: object;
}

/** What `config.json` records of a run: everything that determines its results, as far as the program knows it. */
export function runRecord(settings: RunSettings, context: RunContext, provenance: Provenance, startedAt: Date): object {
  return {
    formatVersion: RUN_FORMAT_VERSION,
    ...settings,
    ...absolutePaths(settings),
    weightValues: weightValues(settings),
    ...context,
    startedAt: startedAt.toISOString(),
    ...provenance,
  };
}

/** Every value that a searched weight can take; `null` for a float network. */
export function weightValues({ search, stage }: RunSettings): readonly number[] | null {
  return stage === null ? (search?.values ?? null) : valuesAfterStage(stage);
}

/** The paths as they are from any folder, so that other commands find the data wherever they are started. */
function absolutePaths({ path, transforms, recipeFile, loadModelState, teacher }: RunSettings): Partial<RunSettings> {
  return {
    path: path === null ? null : resolve(path),
    transforms: transforms === null ? null : { ...transforms, file: resolve(transforms.file) },
    recipeFile: resolve(recipeFile),
    loadModelState: loadModelState === null ? null : resolve(loadModelState),
    teacher: teacher === null ? null : resolve(teacher),
  };
}

/** What a run's `config.json` says that it does. */
export interface RecordedRun extends Omit<RunContext, "input"> {
  /** Name of each class, by label; `null` for a run from before they were recorded. */
  readonly classNames: readonly string[] | null;
  readonly settings: RunSettings;
  /** How its number of epochs changed since it began. */
  readonly lengthened: readonly Lengthening[];
  /** Those of `Provenance` when it began. */
  readonly versions: ReadonlyMap<string, unknown>;
}

/**
 * Reads the settings of a run from its `config.json`, checked as if a user had given them.
 * @throws InputError naming `path`, the key, what was expected and what was found
 */
export function readRecord(config: RunConfig, path: string): RecordedRun {
  const { formatVersion } = config;
  if (formatVersion < 2) {
    throw new InputError(
      `${path}: expected a run with checkpoints, found one of format version ${formatVersion}, which has none; ` +
        "start a new run from its model instead",
    );
  }
  const fields = new JsonFields(Object.fromEntries(config.settings), path);
  const data = fields.object("data");
  const settings = readSettings(fields, path, config);
  return {
    settings,
    lengthened: parseLengthenings(fields),
    device: fields.string("device"),
    laterStages: fields.integer("laterStages", 0),
    data: {
      train: data.integer("train", 1),
      val: data.integer("val", 1),
      classes: data.integer("classes", 1),
      sha256: data.string("sha256"),
    },
    classNames: recordedClassNames(config.settings, path),
    ...(settings.teacher !== null && { teacherSha256: fields.string("teacherSha256") }),
    versions: new Map(fields.object("versions").entries()),
    // Before format 3 there was no other way.
    processes: formatVersion < 3 ? 1 : fields.integer("processes", 1),
  };
}

function readSettings(
  fields: JsonFields,
  path: string,
  { formatVersion, networkFile, datasetFile, ownOptimizer, ownLoss }: RunConfig,
): RunSettings {
  const stage = fields.orNull("stage", (from) => from.integer("stage", 0, MAX_STAGE));
  const search = readSearch(fields, stage, path);
  if (stage !== null && search === null) {
    throw new InputError(`${path}: stage: expected null, since search is, found ${stage}`);
  }
  const recipe = parseRecordedTraining(fields.unknown("recipe"), path, formatVersion);
  checkSchedule(recipe, path);
  return {
    ...readSettingValues(fields, formatVersion),
    arch: fields.string("arch"),
    networkFile,
    ownOptimizer,
    ownLoss,
    dataset: fields.string("dataset"),
    datasetFile,
    transforms: fields.orNull("transforms", (from) => parseRecordedTransforms(from.unknown("transforms"), path)),
    recipeFile: fields.string("recipeFile"),
    recipe,
    search,
    stage,
  };
}

function readSearch(fields: JsonFields, stage: number | null, path: string): SearchSettings | null {
  const search = fields.objectOrNull("search");
  return (
    search && {
      values: stage === null ? checkValueSet(search.list("values"), `${path}: search`) : stageValues(stage),
      firstLayer: search.boolean("firstLayer"),
      lastLayer: search.boolean("lastLayer"),
    }
  );
}
