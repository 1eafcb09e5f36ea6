import { InputError } from "../text/errors.js";
import { readPickle } from "./pickle/pickle.js";
import { NumpyArray, type PickleDict, type PickleValue, readInteger } from "./pickle/values.js";

/** Bytes of one CIFAR image: 3 channels (red, green, blue) of 32 × 32 pixels, row by row. */
export const cifarImageBytes = 3 * 32 * 32;

/** How the files of a CIFAR data set hold labels and class names. */
export interface BatchFormat {
  readonly numClasses: number;
  /** Bytes of label before each image in the binary layout; the last of them is the class. */
  readonly labelBytes: 1 | 2;
  /** Where the Python layout's batches have the classes. */
  readonly labelsKey: string;
  /** Where the Python layout's names file has the class names. */
  readonly namesKey: string;
}

export const CIFAR10_FORMAT: BatchFormat = {
  numClasses: 10,
  labelBytes: 1,
  labelsKey: "labels",
  namesKey: "label_names",
};

/** A record of CIFAR-100 has its coarse label first. */
export const CIFAR100_FORMAT: BatchFormat = {
  numClasses: 100,
  labelBytes: 2,
  labelsKey: "fine_labels",
  namesKey: "fine_label_names",
};

/** Where a batch file's records go: parts of the arrays of an `ImageSplit`, one label and 3072 bytes a record. */
export interface BatchTarget {
  /** `[records, 3, 32, 32]` */
  readonly images: Uint8Array;
  /** `[records]` */
  readonly labels: Int32Array;
}

/** Bytes of a record of the binary layout: labels and image. */
export function recordBytes({ labelBytes }: BatchFormat): number {
  return labelBytes + cifarImageBytes;
}

/**
 * Reads a batch of the binary layout: records of 1 or 2 bytes of label and 3072 bytes of image.
 *
 * @param bytes the whole file
 * @param path the file's name for messages
 * @param target as many records as the file must have
 * @throws InputError if the file has another size or a label is past the last class
 */
export function readBinaryBatch(bytes: Uint8Array, path: string, format: BatchFormat, target: BatchTarget): void {
  const { labelBytes } = format;
  const stride = recordBytes(format);
  const records = target.labels.length;
  if (bytes.length !== records * stride) throw sizeError(path, format, records, bytes.length);
  for (let record = 0; record < records; record++) {
    const start = record * stride;
    target.labels[record] = checkLabel(bytes[start + labelBytes - 1], record, path, format);
    target.images.set(bytes.subarray(start + labelBytes, start + stride), record * cifarImageBytes);
  }
}

/** The error for a binary batch whose size, `found` bytes, is not that of `records` records. */
export function sizeError(path: string, format: BatchFormat, records: number, found: number): InputError {
  const expected = records * recordBytes(format);
  const layout = `${records} records of ${recordBytes(format)} bytes`;
  const why = found < expected ? "it is cut off" : "it is too long";
  return new InputError(`${path}: expected ${expected} bytes (${layout}), found ${found}: ${why}`);
}

/**
 * Reads a batch of the Python layout: a pickled dictionary with `data`, a NumPy array `|u1` `[records, 3072]`, and
 * `labels` or `fine_labels`, a list of integers or an array of them.
 *
 * @param bytes the whole file
 * @param path the file's name for messages
 * @param target as many records as the file must have
 * @throws InputError if the pickle is damaged or holds anything else, or a label is past the last class
 */
export function readPickledBatch(bytes: Uint8Array, path: string, format: BatchFormat, target: BatchTarget): void {
  const batch = readDict(bytes, path);
  const records = target.labels.length;
  const data = batch.get("data");
  if (!(data instanceof NumpyArray))
    throw new InputError(`${path}: expected a NumPy array "data", found ${kind(data)}`);
  const isBytes = data.dtype.itemBytes === 1 && !data.dtype.signed;
  if (!isBytes || data.shape.length !== 2 || data.shape[0] !== records || data.shape[1] !== cifarImageBytes) {
    const found = `shape [${data.shape.join(", ")}] of ${data.dtype.signed ? "i" : "u"}${data.dtype.itemBytes}`;
    throw new InputError(`${path}: expected "data" of shape [${records}, ${cifarImageBytes}] of u1, found ${found}`);
  }
  const labels = labelList(batch.get(format.labelsKey), path, format);
  if (labels.length !== records) {
    throw new InputError(`${path}: expected ${records} "${format.labelsKey}", found ${labels.length}`);
  }
  labels.forEach((label, record) => {
    target.labels[record] = checkLabel(label, record, path, format);
  });
  if (data.fortranOrder) transpose(data.bytes, target.images, records);
  else target.images.set(data.bytes);
}

/** The class names of the Python layout's names file: a pickled list. InputError if it has others or too few. */
export function readPickledNames(bytes: Uint8Array, path: string, format: BatchFormat): string[] {
  const { namesKey } = format;
  const names = readDict(bytes, path).get(namesKey);
  if (!Array.isArray(names)) throw new InputError(`${path}: expected a list "${namesKey}", found ${kind(names)}`);
  const texts = names.map((name) => (name instanceof Uint8Array ? Buffer.from(name).toString("utf8") : name));
  return checkNames(texts, path, format);
}

/** The class names of the binary layout's names file: a line each. InputError if there are too few or too many. */
export function readTextNames(bytes: Uint8Array, path: string, format: BatchFormat): string[] {
  const lines = Buffer.from(bytes).toString("utf8").split("\n");
  return checkNames(
    lines.map((line) => line.trim()).filter((line) => line !== ""),
    path,
    format,
  );
}

function checkNames(names: readonly unknown[], path: string, { numClasses }: BatchFormat): string[] {
  const texts = names.filter((name) => typeof name === "string");
  if (texts.length !== names.length || new Set(texts).size !== numClasses || names.length !== numClasses) {
    throw new InputError(`${path}: expected ${numClasses} different class names, found ${names.length} entries`);
  }
  return texts;
}

function readDict(bytes: Uint8Array, path: string): PickleDict {
  const value = readPickle(bytes, path);
  if (!(value instanceof Map)) throw new InputError(`${path}: expected a pickled dictionary, found ${kind(value)}`);
  return value;
}

function labelList(value: PickleValue | undefined, path: string, { labelsKey }: BatchFormat): readonly PickleValue[] {
  if (Array.isArray(value)) return value;
  if (value instanceof NumpyArray && value.shape.length === 1) {
    return Array.from({ length: value.shape[0] ?? 0 }, (_, index) => readInteger(value.dtype, value.bytes, index));
  }
  throw new InputError(`${path}: expected a list "${labelsKey}", found ${kind(value)}`);
}

function checkLabel(label: PickleValue | undefined, record: number, path: string, { numClasses }: BatchFormat): number {
  if (typeof label === "number" && Number.isInteger(label) && label >= 0 && label < numClasses) return label;
  const found = typeof label === "number" ? label : kind(label);
  throw new InputError(`${path}: expected labels 0 … ${numClasses - 1}, found ${found} in record ${record}`);
}

/** Copies `[records, 3072]` bytes whose first index runs fastest into one whose last does. */
function transpose(from: Uint8Array, to: Uint8Array, records: number): void {
  for (let record = 0; record < records; record++) {
    for (let i = 0; i < cifarImageBytes; i++) to[record * cifarImageBytes + i] = from[i * records + record] ?? 0;
  }
}

function kind(value: PickleValue | undefined): string {
  if (value === undefined) return "none";
  if (value === null) return "None";
  if (Array.isArray(value)) return "a list";
  if (value instanceof Uint8Array) return "bytes";
  if (value instanceof Map) return "a dictionary";
  if (value instanceof NumpyArray) return `a NumPy array of shape [${value.shape.join(", ")}]`;
  return typeof value === "object" ? "another object" : `a ${typeof value}`;
}
