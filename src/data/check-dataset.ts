import { describeValue } from "../text/describe.js";
import { InputError } from "../text/errors.js";
import type { Dataset, ImageDataset } from "./dataset.js";
import type { DatasetDefinition, Part } from "./definition.js";

const NAME = /^[\w.-]{1,64}$/;
/** More pixels on a side, or channels, are a mistake. */
const MAX_SIZE = 2 ** 20;

/**
 * Checks that a file's default export, or a script's object, is a data set's definition.
 * @param where the file, or `data`, for messages
 * @throws InputError naming what is missing or of another kind
 */
export function checkDefinition(value: unknown, where: string): DatasetDefinition {
  if (typeof value !== "object" || value === null) {
    const found = value === undefined ? "none" : describeValue(value);
    throw new InputError(`${where}: expected a default export { name, open }, a data set, found ${found}`);
  }
  const fields = value as Readonly<Record<string, unknown>>;
  const check = (key: string, isRight: boolean, expected: string) => {
    if (isRight) return;
    const found = fields[key] === undefined ? "none" : describeValue(fields[key]);
    throw new InputError(`${where}: ${key}: expected ${expected}, found ${found}`);
  };
  const { name, files, transforms, download } = fields;
  check("name", typeof name === "string" && NAME.test(name), "a name of letters, digits, ., _ and -");
  check("open", typeof fields["open"] === "function", "a function that returns a data set");
  check(
    "files",
    files === undefined || files === null || typeof files === "string",
    "what `path` is, in words, or null",
  );
  check("transforms", transforms === undefined || typeof transforms === "string", "a file or a name in json/transform");
  check("download", download === undefined || typeof download === "function", "a function");
  return value as DatasetDefinition;
}

/**
 * Checks what a data set of the user's own has returned: kinds, sizes, labels.
 * @param where the file, or the data set's name, for messages
 * @throws InputError naming the key, what was expected and what was found
 */
export function checkDataset(value: unknown, where: string): Dataset {
  const fail = (key: string, expected: string, found: unknown): never => {
    throw new InputError(`${where}: ${key}: expected ${expected}, found ${describeValue(found)}`);
  };
  if (typeof value !== "object" || value === null) return fail("open", "a data set", value);
  const data = value as Dataset;
  if (data.kind !== "memory" && data.kind !== "files")
    return fail("kind", '"memory" or "files"', (value as { kind?: unknown }).kind);
  const { classNames } = data;
  if (!Array.isArray(classNames) || !classNames.every((name) => typeof name === "string")) {
    return fail("classNames", "a list of names", classNames);
  }
  if (classNames.length < 1 || new Set(classNames).size < classNames.length) {
    return fail("classNames", "one name or more, each once", classNames);
  }
  if (data.kind === "memory") checkShape(data, fail);
  for (const part of ["train", "val"] as const) checkPart(data, part, fail);
  return data;
}

type Fail = (key: string, expected: string, found: unknown) => never;

function checkShape(data: ImageDataset, fail: Fail): void {
  for (const key of ["channels", "height", "width"] as const) {
    const size = data[key];
    if (!Number.isInteger(size) || size < 1 || size > MAX_SIZE) fail(key, `an integer from 1 to ${MAX_SIZE}`, size);
  }
  for (const key of ["mean", "std"] as const) {
    const values = data[key];
    const isRight =
      Array.isArray(values) &&
      values.length === data.channels &&
      values.every((value) => Number.isFinite(value) && (key === "mean" || value > 0));
    if (!isRight) fail(key, `${data.channels} numbers${key === "std" ? " above 0" : ""}, one a channel`, values);
  }
  if (!Number.isInteger(data.cropPadding) || data.cropPadding < 0)
    fail("cropPadding", "an integer ≥ 0", data.cropPadding);
  if (typeof data.flip !== "boolean") fail("flip", "true or false", data.flip);
}

function checkPart(data: Dataset, part: Part, fail: Fail): void {
  const split = data[part];
  if (typeof split !== "object" || split === null) throw fail(part, "{ count, labels, … }", split);
  const { count, labels } = split;
  if (!Number.isSafeInteger(count) || count < 0) fail(`${part}.count`, "an integer ≥ 0", count);
  if (!(labels instanceof Int32Array) || labels.length !== count) {
    fail(
      `${part}.labels`,
      `an Int32Array of ${count}`,
      labels instanceof Int32Array ? `${labels.length} labels` : labels,
    );
  }
  const wrong = labels.findIndex((label) => label < 0 || label >= data.classNames.length);
  if (wrong >= 0) fail(`${part}.labels[${wrong}]`, `0 to ${data.classNames.length - 1}`, labels[wrong]);
  if ("path" in split) {
    if (typeof split.path !== "function") fail(`${part}.path`, "a function", split.path);
  } else if (data.kind === "memory") checkImages(data, part, fail);
  else fail(`${part}.path`, "a function from a position to a file", undefined);
}

function checkImages(data: ImageDataset, part: Part, fail: Fail): void {
  const { images, count } = data[part];
  const values = count * data.channels * data.height * data.width;
  const isBytes = images instanceof Uint8Array;
  if (!isBytes && !(images instanceof Float32Array)) fail(`${part}.images`, "a Uint8Array or a Float32Array", images);
  if (images.length !== values) {
    const shape = [count, data.channels, data.height, data.width].join(" × ");
    fail(`${part}.images`, `${values} values, ${shape}`, images.length);
  }
  if (!isBytes && (data.cropPadding > 0 || data.flip)) {
    fail("cropPadding", "0, and flip false, with images of numbers: they are not augmented", data.cropPadding);
  }
}
