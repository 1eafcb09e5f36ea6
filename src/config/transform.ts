import { z } from "zod";
import type { BatchMix } from "../data/batch-transforms/batch-mix.js";
import { BATCH_TRANSFORMS, type BatchTransform } from "../data/batch-transforms/registry.js";
import { checkOrder } from "../data/images/transforms/order.js";
import { transformDefinitions } from "../data/images/transforms/registry.js";
import type { ImageTransform, ImageTransforms } from "../data/images/transforms/transform.js";
import { readJsonFile } from "../formats/json-file.js";
import { quote } from "../text/describe.js";
import { InputError } from "../text/errors.js";
import { didYouMean } from "../text/suggest.js";
import { resolveJson } from "./built-in-json.js";
import { keyError } from "./key-error.js";
import { checkObject } from "./schema-error.js";

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
    const { definition, args, place } = parseItem(item, { source, place: `${part}[${index}].` }, transformDefinitions);
    return definition.resolve(checkObject(definition.schema, args, source, place), {
      error: (key, expected, found) => keyError(source, `${place}${key}`, expected, found),
    });
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
  const definitions = new Map(
    Object.entries(BATCH_TRANSFORMS).map(([name, { schema }]) => [
      name,
      { name: name as BatchTransform["name"], schema },
    ]),
  );
  const transforms = file.batch.map((item, index): BatchTransform => {
    const { definition, args, place } = parseItem(item, { source, place: `batch[${index}].` }, definitions);
    return { name: definition.name, ...checkObject(definition.schema, args, source, place) };
  });
  return { transforms, offEpochs: file.batch_off_epochs ?? 0 };
}

/** The definition that a list's item names, one of those in `definitions`; its arguments, and where they stand. */
function parseItem<Definition>(
  item: unknown,
  { source, place }: Place,
  definitions: ReadonlyMap<string, Definition>,
): { readonly definition: Definition; readonly args: object; readonly place: string } {
  const { name, args } = checkObject(itemSchema, item, source, place);
  const definition = definitions.get(name);
  if (definition !== undefined) return { definition, args, place: `${place}args.` };
  const names = [...definitions.keys()];
  const expected = `one of ${names.join(", ")}, found ${quote(name)}${didYouMean(name, names)}`;
  throw new InputError(`${source}: key ${quote(`${place}name`)}: expected ${expected}`);
}

interface Place {
  readonly source: string;
  /** Of the item in the file: `train[1].` */
  readonly place: string;
}
