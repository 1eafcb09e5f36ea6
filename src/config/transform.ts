import { z } from "zod";
import type { BatchMix } from "../data/batch-transforms/batch-mix.js";
import { BATCH_TRANSFORMS, type BatchTransform } from "../data/batch-transforms/registry.js";
import { checkOrder } from "../data/images/transforms/order.js";
import type { ImageTransform, ImageTransforms } from "../data/images/transforms/transform.js";
import { readJsonFile } from "../formats/json-file.js";
import { quote } from "../text/describe.js";
import { InputError } from "../text/errors.js";
import { didYouMean } from "../text/suggest.js";
import { resolveJson } from "./built-in-json.js";
import { keyError } from "./key-error.js";
import { checkObject } from "./schema-error.js";
import { transformFromArgs, transformNames } from "./transform-args.js";

/** Each transform is a nested call; thousands would overflow the stack, and a dozen is unusual. */
const maxTransforms = 100;
const listDescription = `a list of 1 to ${maxTransforms} {"name", "args"}`;
const fileSchema = z.strictObject({
  train: z.array(z.unknown()).min(1).max(maxTransforms).describe(listDescription),
  val: z.array(z.unknown()).min(1).max(maxTransforms).describe(listDescription),
  batch: z.array(z.unknown()).min(1).max(maxTransforms).optional().describe(listDescription),
  batch_off_epochs: z.int().min(0).optional().describe("an integer ≥ 0"),
});
const itemSchema = z.strictObject({
  name: z.string().describe("the name of a transform"),
  args: z.looseObject({}).default({}).describe("an object of arguments"),
});

/**
 * Checks a transform JSON, `{"train": [{"name", "args"}, …], "val": […]}` in torchvision's names, and fills in its
 * defaults. `args` may be missing. `"batch": [{"name", "args"}, …]` mixes training batches, each by one of its transforms
 * chosen at random, but for those of the last `"batch_off_epochs"`.
 *
 * @param source The file the JSON came from, named in every error.
 * @throws InputError naming the file, the place (`train[1].args.size`), what was expected and what was found.
 */
export function parseTransforms(json: unknown, source: string): ImageTransforms {
  const file = checkObject(fileSchema, json, source);
  const batch = parseBatch(file, source);
  return {
    file: source,
    train: parseList(file.train, source, "train"),
    val: parseList(file.val, source, "val"),
    ...(batch !== null && { batch }),
  };
}

/**
 * Loads the transforms a user named: a built-in name of json/transform (`imagenet`), or the path of a JSON file.
 *
 * @param note called if a path was resolved to a built-in name
 * @throws InputError as `parseTransforms`, or with the nearest built-in name if there is no such file
 */
export function loadTransforms(nameOrPath: string, note: (text: string) => void): ImageTransforms {
  const path = resolveJson("transform", nameOrPath, note);
  return parseTransforms(readJsonFile(path), path);
}

function parseList(items: readonly unknown[], source: string, part: string): ImageTransform[] {
  const transforms = items.map((item, index) => {
    const { name, args, place } = parseItem(item, { source, place: `${part}[${index}].`, names: transformNames });
    return transformFromArgs(name, args, source, place);
  });
  checkOrder(transforms, `${source}: ${part}`);
  return transforms;
}

/** How training batches are mixed; `null`: not at all. */
function parseBatch(file: z.output<typeof fileSchema>, source: string): BatchMix | null {
  if (file.batch === undefined) {
    if (file.batch_off_epochs === undefined) return null;
    throw keyError(source, "batch_off_epochs", 'none without "batch"', file.batch_off_epochs);
  }
  const names = Object.keys(BATCH_TRANSFORMS);
  const transforms = file.batch.map((item, index): BatchTransform => {
    const { name, args, place } = parseItem(item, { source, place: `batch[${index}].`, names });
    const known = name as BatchTransform["name"];
    return { name: known, ...checkObject(BATCH_TRANSFORMS[known].schema, args, source, place) };
  });
  return { transforms, offEpochs: file.batch_off_epochs ?? 0 };
}

interface ItemPlace {
  readonly source: string;
  /** Position of the item in the file: `train[1].` */
  readonly place: string;
  /** Names that it may have. */
  readonly names: readonly string[];
}

/** The name and the arguments of a list's item, and where they stand. */
function parseItem(item: unknown, { source, place, names }: ItemPlace): { name: string; args: object; place: string } {
  const { name, args } = checkObject(itemSchema, item, source, place);
  if (names.includes(name)) return { name, args, place: `${place}args.` };
  const expected = `one of ${names.join(", ")}, found ${quote(name)}${didYouMean(name, names)}`;
  throw new InputError(`${source}: key ${quote(`${place}name`)}: expected ${expected}`);
}
