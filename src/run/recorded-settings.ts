import { parseRecordedTraining } from "../config/recorded-training.js";
import { parseRecordedTransforms } from "../config/recorded-transforms.js";
import type { TrainingConfig } from "../config/training-keys.js";
import type { ImageTransforms } from "../data/images/transforms/transform.js";
import { checkValueSet } from "../search/value-set.js";
import { JsonFields } from "../text/json-fields.js";
import type { RunConfig } from "./config.js";
import { type Lengthening, parseLengthenings } from "./lengthening.js";

/**
 * Settings of a run that need more than one flag. Unlike `readRecord` this needs no LibTorch, and reads runs of every
 * format.
 */
export interface RecordedSettings {
  readonly recipe: TrainingConfig;
  readonly recipeFile: string;
  readonly transforms: ImageTransforms | null;
  /** The value set; for a later progressive stage, factors. */
  readonly values: readonly number[] | null;
  readonly stage: number | null;
  readonly loadModelState: string | null;
  readonly teacher: string | null;
  /** How its number of epochs changed since it began. */
  readonly lengthened: readonly Lengthening[];
}

/** Reads these settings from a run's `config.json`. Throws InputError naming `path` and the key. */
export function recordedSettings({ settings, formatVersion }: RunConfig, path: string): RecordedSettings {
  const fields = new JsonFields(Object.fromEntries(settings), path);
  const isThere = (key: string) => fields.has(key) && fields.unknown(key) !== null;
  return {
    recipe: parseRecordedTraining(fields.unknown("recipe"), path, formatVersion),
    recipeFile: fields.string("recipeFile"),
    transforms: isThere("transforms") ? parseRecordedTransforms(fields.unknown("transforms"), path) : null,
    values: fields.orNull("search", (from) =>
      checkValueSet(from.object("search").unknown("values"), `${path}: search`),
    ),
    stage: isThere("stage") ? fields.integer("stage", 0) : null,
    teacher: isThere("teacher") ? fields.string("teacher") : null,
    lengthened: parseLengthenings(fields),
    loadModelState: isThere("loadModelState") ? fields.string("loadModelState") : null,
  };
}
