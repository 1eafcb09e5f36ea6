import { readTextFile } from "../system/text-file.js";
import { InputError } from "../text/errors.js";
import { JsonFields } from "../text/json-fields.js";
import { parseUniqueKeys } from "../text/json-keys.js";

/** A searched weight has at most so many values to choose from. */
const MAX_VALUES = 256;
/** Quantized activations have at most so many bits. */
export const MAX_ACTIVATION_BITS = 8;

/**
 * Of a run directory's files together. 1 had none of it written down, and no checkpoints; 3 has the number of processes, and whether
 * their batch statistics are taken together; 4 has recipes with groups of parameters, warm-up, label smoothing and soft epochs, the
 * search's health, held-out images, calibration and low-bit activations; 5 has a unit of the logits' learning rate. All are read.
 */
export const RUN_FORMAT_VERSION = 5;

/** What `config.json` says of a run, as far as tables and figures need it. */
export interface RunConfig {
  /** `RUN_FORMAT_VERSION` of the program that wrote it. */
  readonly formatVersion: number;
  readonly arch: string;
  readonly dataset: string;
  /** The values that a searched weight can take and the layers besides the middle ones; `null` for a float run. */
  readonly search: {
    readonly values: readonly number[];
    readonly firstLayer: boolean;
    readonly lastLayer: boolean;
  } | null;
  readonly soft: boolean;
  /** Bits of quantized activations; `null` where they are float. */
  readonly activationBits: number | null;
  readonly seed: number;
  /** The epochs that the run is to have. */
  readonly epochs: number;
  /** The recipe's settings under their names. */
  readonly recipe: ReadonlyMap<string, unknown>;
  /** When the run began, as an ISO date: sorts by time. */
  readonly startedAt: string;
  /** Everything in the file, under its top-level keys. */
  readonly settings: ReadonlyMap<string, unknown>;
}

/** Reads `config.json`. Throws InputError naming the file and key when it is not one; keys not needed are not looked at. */
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
    dataset: fields.string("dataset"),
    search: search && {
      // A search bit by bit is over factors of what was found before.
      values: fields.has("weightValues")
        ? fields.numbers("weightValues", 2, MAX_VALUES)
        : search.numbers("values", 2, MAX_VALUES),
      firstLayer: search.boolean("firstLayer"),
      lastLayer: search.boolean("lastLayer"),
    },
    soft: fields.boolean("soft"),
    activationBits: readActivationBits(fields),
    seed: fields.integer("seed", 0),
    epochs: recipe.integer("epochs", 1),
    recipe: new Map(recipe.entries()),
    startedAt: fields.string("startedAt"),
    settings: new Map(fields.entries()),
  };
}

/** What tables, names and commands say of a run besides. Older runs lack some. */
function checkSettings(fields: JsonFields): void {
  const checks: Readonly<Record<string, (key: string) => unknown>> = {
    limitBatches: (key) => fields.orNull(key, (from) => from.integer(key, 1)),
    valSplit: () => readValSplit(fields),
    precision: (key) => fields.oneOf(key, ["float32", "tf32", "bf16"]),
    bnCalibration: (key) => fields.integer(key, 0),
    stateBn: (key) => fields.boolean(key),
    syncBn: (key) => fields.boolean(key),
    processes: (key) => fields.integer(key, 1),
    onBadImage: (key) => fields.string(key),
    onNan: (key) => fields.string(key),
  };
  for (const [key, check] of Object.entries(checks)) if (fields.has(key)) check(key);
}

/** `valSplit`: a number of images, or below 1 a share of them; `null` where none are held out. Throws InputError. */
export function readValSplit(fields: JsonFields): number | null {
  const key = "valSplit";
  return fields.orNull(key, (from) =>
    from.number(key) < 1 ? from.between(key, Number.MIN_VALUE, 1) : from.integer(key, 1),
  );
}

/** The key of that name; runs of before there was one have float activations. Throws InputError. */
export function readActivationBits(fields: JsonFields): number | null {
  if (!fields.has("activationBits")) return null;
  return fields.orNull("activationBits", (from) => from.integer("activationBits", 1, MAX_ACTIVATION_BITS));
}

function readJson(path: string): unknown {
  return parseUniqueKeys(readTextFile(path, "a run's configuration"), path);
}
