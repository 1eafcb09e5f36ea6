import { InputError } from "../errors.js";
import { readPickle } from "./pickle.js";
import { NumpyArray, type PickleDict, type PickleValue, readInteger } from "./pickle-values.js";

/** Bytes of one CIFAR-10 image: 3 channels (red, green, blue) of 32 × 32 pixels, row by row. */
export const cifarImageBytes = 3 * 32 * 32;

export const cifarNumClasses = 10;

/** Where a batch file's records go: parts of the arrays of an `ImageSplit`, one label and 3072 bytes a record. */
export interface BatchTarget {
  /** `[records, 3, 32, 32]` */
  readonly images: Uint8Array;
  /** `[records]` */
  readonly labels: Int32Array;
}

/**
 * Reads a batch of the binary layout: records of 1 byte of label and 3072 bytes of image.
 *
 * @param bytes the whole file
 * @param path the file's name for messages
 * @param target as many records as the file must have
 * @throws InputError if the file has another size or a label is past 9
 */
export function readBinaryBatch(bytes: Uint8Array, path: string, target: BatchTarget): void {
  const recordBytes = 1 + cifarImageBytes;
  const expected = target.labels.length * recordBytes;
  if (bytes.length !== expected) throw sizeError(path, expected, target.labels.length, bytes.length);
  for (let record = 0; record < target.labels.length; record++) {
    const start = record * recordBytes;
    target.labels[record] = checkLabel(bytes[start], record, path);
    target.images.set(bytes.subarray(start + 1, start + recordBytes), record * cifarImageBytes);
  }
}

/** The error for a binary batch of the wrong size, all sizes in bytes. */
export function sizeError(path: string, expected: number, records: number, found: number): InputError {
  const records3073 = `${records} records of ${1 + cifarImageBytes} bytes`;
  const why = found < expected ? "it is cut off" : "it is too long";
  return new InputError(`${path}: expected ${expected} bytes (${records3073}), found ${found}: ${why}`);
}

/**
 * Reads a batch of the Python layout: a pickled dictionary with `data`, a NumPy array `|u1` `[records, 3072]`, and
 * `labels`, a list of integers or an array of them.
 *
 * @param bytes the whole file
 * @param path the file's name for messages
 * @param target as many records as the file must have
 * @throws InputError if the pickle is damaged or holds anything else, or a label is past 9
 */
export function readPickledBatch(bytes: Uint8Array, path: string, target: BatchTarget): void {
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
  const labels = labelList(batch.get("labels"), path);
  if (labels.length !== records) {
    throw new InputError(`${path}: expected ${records} "labels", found ${labels.length}`);
  }
  labels.forEach((label, record) => {
    target.labels[record] = checkLabel(label, record, path);
  });
  if (data.fortranOrder) transpose(data.bytes, target.images, records);
  else target.images.set(data.bytes);
}

/** The ten class names of the Python layout's `batches.meta`: the list `label_names`. InputError if it has others. */
export function readPickledNames(bytes: Uint8Array, path: string): string[] {
  const names = readDict(bytes, path).get("label_names");
  if (!Array.isArray(names)) throw new InputError(`${path}: expected a list "label_names", found ${kind(names)}`);
  const texts = names.map((name) => (name instanceof Uint8Array ? Buffer.from(name).toString("utf8") : name));
  return checkNames(texts, path);
}

/** The ten class names of the binary layout's `batches.meta.txt`: a line each. InputError if there are not ten. */
export function readTextNames(bytes: Uint8Array, path: string): string[] {
  const lines = Buffer.from(bytes).toString("utf8").split("\n");
  return checkNames(
    lines.map((line) => line.trim()).filter((line) => line !== ""),
    path,
  );
}

function checkNames(names: readonly unknown[], path: string): string[] {
  const texts = names.filter((name) => typeof name === "string");
  if (texts.length !== names.length || new Set(texts).size !== cifarNumClasses || names.length !== cifarNumClasses) {
    throw new InputError(`${path}: expected ${cifarNumClasses} different class names, found ${names.length} entries`);
  }
  return texts;
}

function readDict(bytes: Uint8Array, path: string): PickleDict {
  const value = readPickle(bytes, path);
  if (!(value instanceof Map)) throw new InputError(`${path}: expected a pickled dictionary, found ${kind(value)}`);
  return value;
}

function labelList(value: PickleValue | undefined, path: string): readonly PickleValue[] {
  if (Array.isArray(value)) return value;
  if (value instanceof NumpyArray && value.shape.length === 1) {
    return Array.from({ length: value.shape[0] ?? 0 }, (_, index) => readInteger(value.dtype, value.bytes, index));
  }
  throw new InputError(`${path}: expected a list "labels", found ${kind(value)}`);
}

function checkLabel(label: PickleValue | undefined, record: number, path: string): number {
  if (typeof label === "number" && Number.isInteger(label) && label >= 0 && label < cifarNumClasses) return label;
  const found = typeof label === "number" ? label : kind(label);
  throw new InputError(`${path}: expected labels 0 … ${cifarNumClasses - 1}, found ${found} in record ${record}`);
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
