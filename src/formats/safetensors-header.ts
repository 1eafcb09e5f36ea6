import { found } from "../text/describe.js";
import { InputError } from "../text/errors.js";
import { parseUniqueKeys } from "../text/json-keys.js";

/** The bytes of one element of each dtype that we read and write. */
export const DTYPE_BYTES = {
  F64: 8,
  I64: 8,
  F32: 4,
  I32: 4,
  F16: 2,
  BF16: 2,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
} as const;

/** The name of an element type, as the format spells it. */
export type SafetensorsDtype = keyof typeof DTYPE_BYTES;

/** Where a tensor lies: bytes [begin, end) of the data section, which starts right after the header. */
export interface TensorInfo {
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** A file's header: its tensors in the header's order, and its `__metadata__`. */
export interface SafetensorsHeader {
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  readonly metadata: Record<string, string>;
}

const METADATA = "__metadata__";

/**
 * Parses and checks a header's JSON against the size of the data section that follows it: known dtypes, shapes of
 * non-negative integers, shape × element size = bytes, and tensors that cover the whole section without hole or
 * overlap. `where` starts every error message.
 *
 * @throws InputError for whatever is wrong.
 */
export function parseHeader(json: string, dataBytes: number, where: string): SafetensorsHeader {
  const header = parseObject(json, where);
  const tensors = new Map<string, TensorInfo>();
  let metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(header)) {
    if (name === METADATA) metadata = parseMetadata(value, `${where}: ${METADATA}`);
    else tensors.set(name, parseTensor(value, `${where}: tensor ${found(name)}`));
  }
  checkCoverage(tensors, dataBytes, where);
  return { tensors, metadata };
}

/** The header as JSON, its keys in the order given, padded with spaces so that 8 + its bytes is a multiple of 8. */
export function encodeHeader({ tensors, metadata }: SafetensorsHeader): Uint8Array {
  const fields = [...tensors].map(([name, { dtype, shape, begin, end }]) => {
    if (name === METADATA) throw new RangeError(`a tensor cannot be called ${METADATA}`);
    return `${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [begin, end] })}`;
  });
  if (Object.keys(metadata).length > 0) fields.unshift(`"${METADATA}":${JSON.stringify(metadata)}`);
  const json = Buffer.from(`{${fields.join(",")}}`);
  return Buffer.concat([json, Buffer.alloc((8 - (json.length % 8)) % 8, " ")]);
}

/** The number of elements of a shape, 1 for []; undefined past 2^53 − 1. */
export function elementCount(shape: readonly number[]): number | undefined {
  let count = 1;
  for (const size of shape) {
    count *= size;
    if (!Number.isSafeInteger(count)) return undefined;
  }
  return count;
}

function parseObject(json: string, where: string): object {
  const header = parseUniqueKeys(json, `${where}: header`);
  if (!json.startsWith("{") || !isObject(header)) {
    throw new InputError(`${where}: header: expected an object, found ${found(json)}`);
  }
  return header;
}

function parseMetadata(value: unknown, where: string): Record<string, string> {
  if (!isObject(value)) throw new InputError(`${where}: expected an object of strings, found ${found(value)}`);
  const entries = Object.entries(value).map(([key, text]): [string, string] => {
    if (typeof text !== "string")
      throw new InputError(`${where}: ${found(key)}: expected a string, found ${found(text)}`);
    return [key, text];
  });
  return Object.fromEntries(entries);
}

function parseTensor(value: unknown, where: string): TensorInfo {
  if (!isObject(value)) throw new InputError(`${where}: expected an object, found ${found(value)}`);
  const fields = new Map<string, unknown>(Object.entries(value));
  const dtype = fields.get("dtype");
  if (!isDtype(dtype)) {
    throw new InputError(
      `${where}: dtype: expected one of ${Object.keys(DTYPE_BYTES).join(" ")}, found ${found(dtype)}`,
    );
  }
  const shape = fields.get("shape");
  if (!isSizes(shape)) {
    throw new InputError(`${where}: shape: expected a list of integers of at least 0, found ${found(shape)}`);
  }
  const offsets = fields.get("data_offsets");
  const [begin, end] = isSizes(offsets) && offsets.length === 2 ? offsets : [];
  if (begin === undefined || end === undefined || begin > end) {
    throw new InputError(`${where}: data_offsets: expected [begin, end], found ${found(offsets)}`);
  }
  const sizeBytes = elementCount([...shape, DTYPE_BYTES[dtype]]);
  if (sizeBytes !== end - begin) {
    const expected =
      sizeBytes === undefined ? "a shape that fits in a file" : `${sizeBytes} bytes for ${dtype} ${found(shape)}`;
    throw new InputError(`${where}: data_offsets: expected ${expected}, found ${end - begin} bytes`);
  }
  return { dtype, shape, begin, end };
}

/** The tensors, sorted by where they begin, must follow each other from 0 to the end of the data. */
function checkCoverage(tensors: ReadonlyMap<string, TensorInfo>, dataBytes: number, where: string): void {
  const sorted = [...tensors].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  for (const [name, { begin, end }] of sorted) {
    if (begin !== covered) {
      const fault = begin < covered ? "an overlap" : "a hole";
      throw new InputError(
        `${where}: tensor ${found(name)}: data_offsets: expected to begin at ${covered}, found ${begin} (${fault})`,
      );
    }
    covered = end;
  }
  if (covered !== dataBytes) {
    throw new InputError(`${where}: expected ${covered} bytes of data for its tensors, found ${dataBytes}`);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isDtype(value: unknown): value is SafetensorsDtype {
  return typeof value === "string" && Object.hasOwn(DTYPE_BYTES, value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0 && !Object.is(size, -0));
}
