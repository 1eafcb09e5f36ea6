import { z } from "zod";
import type { ImageTransform, ImageTransforms } from "../data/images/transforms/transform.js";
import { checkObject } from "./schema-error.js";
import { parseTransforms } from "./transform.js";

const listDescription = "a list of one or more transforms";
const schema = z.strictObject({
  file: z.string().describe("a path"),
  train: z.array(z.unknown()).min(1).describe(listDescription),
  val: z.array(z.unknown()).min(1).describe(listDescription),
});

/**
 * Checks the transforms recorded in a run's `config.json` by the schema of the equivalent transform JSON. Throws
 * InputError naming `source` and the place.
 */
export function parseRecordedTransforms(json: unknown, source: string): ImageTransforms {
  const { file, train, val } = checkObject(schema, json, source, "transforms.");
  return { ...parseTransforms({ train: asGiven(train), val: asGiven(val) }, `${source}: transforms`), file };
}

/** Converts recorded transforms to a transform JSON's form; anything else is passed on, to be refused. */
export function asGiven(list: unknown): unknown {
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
