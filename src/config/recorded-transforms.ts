import { z } from "zod";
import type { ImageTransform, ImageTransforms } from "../data/images/transforms/transform.js";
import { checkObject } from "./schema-error.js";
import { parseTransforms } from "./transform.js";

const listDescription = "a list of one or more transforms";
const schema = z.strictObject({
  file: z.string().describe("a path"),
  train: z.array(z.unknown()).min(1).describe(listDescription),
  val: z.array(z.unknown()).min(1).describe(listDescription),
  batch: z.unknown().optional(),
});
const batchSchema = z.strictObject({
  transforms: z.array(z.unknown()).min(1).describe(listDescription),
  offEpochs: z.unknown(),
});

/**
 * Checks the transforms recorded in a run's `config.json` by the schema of the equivalent transform JSON. Throws
 * InputError naming `source` and the place.
 */
export function parseRecordedTransforms(json: unknown, source: string): ImageTransforms {
  const recorded = checkObject(schema, json, source, "transforms.");
  if (recorded.batch !== undefined) checkObject(batchSchema, recorded.batch, source, "transforms.batch.");
  return { ...parseTransforms(transformsJson(recorded), `${source}: transforms`), file: recorded.file };
}

/** Transforms as they are recorded; of a file that was read, what it may hold was not checked yet. */
export interface RecordedTransforms {
  readonly train: unknown;
  readonly val: unknown;
  readonly batch?: unknown;
}

/** The transform JSON of recorded transforms. */
export function transformsJson({ train, val, batch }: RecordedTransforms): object {
  const { transforms, offEpochs } = (batch ?? {}) as { transforms?: unknown; offEpochs?: unknown };
  return {
    train: asGiven(train),
    val: asGiven(val),
    ...(batch !== undefined && { batch: asGiven(transforms), batch_off_epochs: offEpochs }),
  };
}

/** Converts a recorded list to a transform JSON's form; anything else is passed on, to be refused. */
function asGiven(list: unknown): unknown {
  if (!Array.isArray(list)) return list;
  return list.map((item: ImageTransform | unknown) => {
    if (!isObject(item)) return item;
    const { name, ...settings } = item;
    const args = Object.entries(settings).map(([key, value]) => [snakeCase(key), flattened(value)]);
    return { name, args: Object.fromEntries(args) };
  });
}

/** Sizes and paddings are lists in a JSON: [height, width], [left, top, right, bottom]. */
function flattened(value: unknown): unknown {
  if (!isObject(value)) return value;
  const keys = "height" in value ? ["height", "width"] : ["left", "top", "right", "bottom"];
  return keys.map((key) => value[key]);
}

/** `padIfNeeded` as `pad_if_needed`. */
function snakeCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
