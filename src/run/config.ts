import { readTextFile } from "../system/text-file.js";
import type { UserFile } from "../system/user-module.js";
import { InputError } from "../text/errors.js";
import { JsonFields } from "../text/json-fields.js";
import { parseUniqueKeys } from "../text/json-keys.js";
import { type OwnPart, SETTING_ROWS, SETTINGS, type Setting, type SettingValues } from "./settings.js";

/** Maximum size of a value set. */
const MAX_VALUES = 256;

/**
 * The format version of all files of a run directory. 1 did not record it and had no checkpoints; 3 has the number of
 * processes and `syncBn`; 4 has recipes with parameter groups, warm-up, label smoothing and soft epochs, search
 * statistics, held-out images, calibration and low-bit activations; 5 has a unit of the logits' learning rate; 6 has a
 * teacher. All are read.
 */
export const RUN_FORMAT_VERSION = 6;

/** The contents of `config.json` that tables and figures need. */
export interface RunConfig {
  /** `RUN_FORMAT_VERSION` of the program that wrote it. */
  readonly formatVersion: number;
  readonly arch: string;
  /** The file that defines the network; `null` for one that is built in. */
  readonly networkFile: UserFile | null;
  /** The optimizer and the loss function, where they are the user's own. */
  readonly ownOptimizer: OwnPart | null;
  readonly ownLoss: OwnPart | null;
  readonly dataset: string;
  /** The file that exports the data set; `null` for one that is built in or was given. */
  readonly datasetFile: UserFile | null;
  /** The values that a searched weight can take and the layers besides the middle ones; `null` for a float run. */
  readonly search: {
    readonly values: readonly number[];
    readonly firstLayer: boolean;
    readonly lastLayer: boolean;
  } | null;
  readonly soft: boolean;
  /** Bits of quantized activations; `null` for float. */
  readonly activationBits: number | null;
  readonly seed: number;
  /** The planned number of epochs. */
  readonly epochs: number;
  /** The recipe's settings by name. */
  readonly recipe: ReadonlyMap<string, unknown>;
  /** Start time as an ISO date: sorts by time. */
  readonly startedAt: string;
  /** Everything in the file, under its top-level keys. */
  readonly settings: ReadonlyMap<string, unknown>;
}

/**
 * Reads `config.json`. Throws InputError naming the file and key if it is invalid; keys that are not needed are
 * ignored.
 */
export function readRunConfig(path: string): RunConfig {
  const fields = new JsonFields(readJson(path), path);
  const formatVersion = fields.has("formatVersion") ? fields.integer("formatVersion", 1) : 1;
  if (formatVersion > RUN_FORMAT_VERSION) {
    throw new InputError(
      `${path}: formatVersion: expected at most ${RUN_FORMAT_VERSION}, found ${formatVersion}: a newer weight-search wrote it`,
    );
  }
  checkSettings(fields);
  const search = fields.objectOrNull("search");
  const recipe = fields.object("recipe");
  return {
    formatVersion,
    arch: fields.string("arch"),
    networkFile: readUserFile(fields, "networkFile"),
    ownOptimizer: readOwnPart(fields, "ownOptimizer"),
    ownLoss: readOwnPart(fields, "ownLoss"),
    dataset: fields.string("dataset"),
    datasetFile: readUserFile(fields, "datasetFile"),
    search: search && {
      // A later progressive stage searches factors of the frozen weights.
      values: fields.has("weightValues")
        ? fields.numbers("weightValues", 2, MAX_VALUES)
        : search.numbers("values", 2, MAX_VALUES),
      firstLayer: search.boolean("firstLayer"),
      lastLayer: search.boolean("lastLayer"),
    },
    soft: fields.boolean("soft"),
    activationBits: fields.has("activationBits")
      ? fields.orNull("activationBits", (from) => from.value("activationBits", SETTINGS.activationBits.kind))
      : null,
    seed: fields.integer("seed", 0),
    epochs: recipe.integer("epochs", 1),
    recipe: new Map(recipe.entries()),
    startedAt: fields.string("startedAt"),
    settings: new Map(fields.entries()),
  };
}

/**
 * The values of `SETTINGS` that a run recorded; what its format did not have yet has its default. Throws InputError
 * naming the key.
 */
export function readSettingValues(fields: JsonFields, formatVersion: number): SettingValues {
  const values = SETTING_ROWS.map(([name, setting]) => {
    // Settings that came later than their format's first runs may be missing.
    if (setting.since !== undefined && !fields.has(name)) {
      if (formatVersion < setting.since || OPTIONAL.has(name)) return [name, setting.default];
    }
    return [name, readSetting(fields, name, setting)];
  });
  return Object.fromEntries(values) as SettingValues;
}

/** Runs of format 4 from before activations could be quantized have the same version. */
const OPTIONAL: ReadonlySet<string> = new Set(["activationBits"]);

function readSetting(fields: JsonFields, name: string, { kind, default: value }: Setting<unknown>): unknown {
  return value === null ? fields.orNull(name, (from) => from.value(name, kind)) : fields.value(name, kind);
}

/** Other recorded settings for tables, names and commands. Older runs lack some. */
function checkSettings(fields: JsonFields): void {
  for (const [name, setting] of SETTING_ROWS) if (fields.has(name)) readSetting(fields, name, setting);
  if (fields.has("processes")) fields.integer("processes", 1);
}

function readJson(path: string): unknown {
  return parseUniqueKeys(readTextFile(path, "a run's configuration"), path);
}

/** A file of the user's that a run was made with; `null` without one, as in runs of older formats. */
function readUserFile(fields: JsonFields, key: string): UserFile | null {
  const file = fields.has(key) ? fields.objectOrNull(key) : null;
  return file && { path: file.string("path"), sha256: file.string("sha256") };
}

/** The name and the file of the user's optimizer or loss function; `null` without one, as in runs of older formats. */
function readOwnPart(fields: JsonFields, key: string): OwnPart | null {
  const part = fields.has(key) ? fields.objectOrNull(key) : null;
  return part && { name: part.string("name"), file: readUserFile(part, "file") };
}
