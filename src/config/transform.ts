import { z } from "zod";
import { checkOrder } from "../data/images/transforms/order.js";
import type { ImageTransform, ImageTransforms } from "../data/images/transforms/transform.js";
import { readJsonFile } from "../formats/json-file.js";
import { quote } from "../text/describe.js";
import { InputError } from "../text/errors.js";
import { didYouMean } from "../text/suggest.js";
import { resolveJson } from "./built-in-json.js";
import { checkObject } from "./schema-error.js";
import { transformFromArgs, transformNames } from "./transform-args.js";

/** Each transform is a nested call; thousands would overflow the stack, and a dozen is unusual. */
const maxTransforms = 100;
const listDescription = `a list of 1 to ${maxTransforms} {"name", "args"}`;
const fileSchema = z.strictObject({
  train: z.array(z.unknown()).min(1).max(maxTransforms).describe(listDescription),
  val: z.array(z.unknown()).min(1).max(maxTransforms).describe(listDescription),
});
const itemSchema = z.strictObject({
  name: z.string().describe("the name of a transform"),
  args: z.looseObject({}).default({}).describe("an object of arguments"),
});

/**
 * Checks a transform JSON, `{"train": [{"name", "args"}, …], "val": […]}` in torchvision's names, and fills in its
 * defaults. `args` may be missing.
 *
 * @param source The file the JSON came from, named in every error.
 * @throws InputError naming the file, the place (`train[1].args.size`), what was expected and what was found.
 */
export function parseTransforms(json: unknown, source: string): ImageTransforms {
  const file = checkObject(fileSchema, json, source);
  return { file: source, train: parseList(file.train, source, "train"), val: parseList(file.val, source, "val") };
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
    const place = `${part}[${index}].`;
    const { name, args } = checkObject(itemSchema, item, source, place);
    if (!transformNames.includes(name)) {
      const expected = `one of ${transformNames.join(", ")}, found ${quote(name)}${didYouMean(name, transformNames)}`;
      throw new InputError(`${source}: key ${quote(`${place}name`)}: expected ${expected}`);
    }
    return transformFromArgs(name, args, source, `${place}args.`);
  });
  checkOrder(transforms, `${source}: ${part}`);
  return transforms;
}
