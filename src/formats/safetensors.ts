import { closeSync } from "node:fs";
import { writeFileAtomic } from "../system/atomic-file.js";
import { fileError } from "../system/file-error.js";
import { fileSizeBytes, openFile, readBytes } from "../system/random-access.js";
import { InputError } from "../text/errors.js";
import {
  DTYPE_BYTES,
  elementCount,
  encodeHeader,
  parseHeader,
  type SafetensorsDtype,
  type SafetensorsHeader,
  type TensorInfo,
} from "./safetensors-header.js";

/**
 * Tensors in a file, in the format of https://github.com/huggingface/safetensors: 8 bytes with the header's length
 * (little-endian), the header as JSON, then the tensors' bytes without holes.
 */

export type { SafetensorsDtype } from "./safetensors-header.js";

/** One tensor: `data` are its elements, row-major, little-endian; [] is the shape of a scalar. */
export interface SafetensorsEntry {
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** What a file holds; the tensors are in the order of its header. */
export interface SafetensorsFile {
  readonly tensors: Map<string, SafetensorsEntry>;
  readonly metadata: Record<string, string>;
}

const LENGTH_BYTES = 8;
const MAX_HEADER_BYTES = 100_000_000;

/**
 * Atomically writes tensors, and strings that describe them, to `path`. The header keeps the map's order; the
 * bytes are ordered by element size, so that each tensor starts at a multiple of its element size.
 *
 * @throws RangeError when an entry's bytes do not fit its shape; InputError when the file cannot be written.
 */
export function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, SafetensorsEntry>,
  metadata: Readonly<Record<string, string>> = {},
): void {
  writeFileAtomic(path, encodeSafetensors(tensors, metadata));
}

/** What `writeSafetensors` writes, in pieces; the tensors' bytes are not copied. */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, SafetensorsEntry>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array[] {
  const { header, ordered } = layOut(tensors, metadata);
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeBigUInt64LE(BigInt(header.length));
  return [length, header, ...ordered.map(({ data }) => data)];
}

/** The size that `writeSafetensors` gives a file of these tensors, in bytes. */
export function safetensorsSizeBytes(
  tensors: ReadonlyMap<string, SafetensorsEntry>,
  metadata: Readonly<Record<string, string>> = {},
): number {
  const { header, ordered } = layOut(tensors, metadata);
  return ordered.reduce((sum, { data }) => sum + data.length, LENGTH_BYTES + header.length);
}

/**
 * Reads a whole file, validating its header first. Each tensor's `data` is a buffer
 * of its own, so a typed array over it is aligned; together they take the size of the file, whatever its header says.
 *
 * @throws InputError naming the file and what is wrong with it.
 */
export function readSafetensors(path: string): SafetensorsFile {
  const file = openFile(path, "a safetensors file");
  try {
    const header = readHeader(file, path);
    return {
      tensors: new Map([...header.infos].map(([name, info]) => [name, readTensor(file, info, header.dataStart, path)])),
      metadata: header.metadata,
    };
  } catch (error) {
    throw fileError(path, "a safetensors file that can be read", error);
  } finally {
    closeSync(file);
  }
}

function layOut(
  tensors: ReadonlyMap<string, SafetensorsEntry>,
  metadata: Readonly<Record<string, string>>,
): { header: Uint8Array; ordered: SafetensorsEntry[] } {
  const sorted = [...tensors].sort(([, a], [, b]) => DTYPE_BYTES[b.dtype] - DTYPE_BYTES[a.dtype]);
  const places = new Map<string, TensorInfo>();
  let begin = 0;
  for (const [name, { dtype, shape, data }] of sorted) {
    const sizeBytes = elementCount([...shape, DTYPE_BYTES[dtype]]);
    if (sizeBytes !== data.length) {
      throw new RangeError(`${name}: expected ${sizeBytes} bytes for ${dtype} [${shape}], found ${data.length}`);
    }
    places.set(name, { dtype, shape, begin, end: begin + sizeBytes });
    begin += sizeBytes;
  }
  const infos = new Map<string, TensorInfo>();
  for (const name of tensors.keys()) {
    const place = places.get(name);
    if (place !== undefined) infos.set(name, place);
  }
  return { header: encodeHeader({ tensors: infos, metadata }), ordered: sorted.map(([, entry]) => entry) };
}

interface LocatedHeader {
  readonly infos: ReadonlyMap<string, TensorInfo>;
  readonly metadata: SafetensorsHeader["metadata"];
  readonly dataStart: number;
}

function readHeader(file: number, path: string): LocatedHeader {
  const fileBytes = fileSizeBytes(file);
  if (fileBytes < LENGTH_BYTES) {
    throw new InputError(`${path}: expected a safetensors file of at least ${LENGTH_BYTES} bytes, found ${fileBytes}`);
  }
  const length = Buffer.from(readBytes(file, 0, LENGTH_BYTES, path).buffer).readBigUInt64LE();
  const limit = Math.min(MAX_HEADER_BYTES, fileBytes - LENGTH_BYTES);
  if (length > BigInt(limit)) {
    throw new InputError(`${path}: header length: expected at most ${limit} bytes, found ${length}`);
  }
  const dataStart = LENGTH_BYTES + Number(length);
  const json = decodeUtf8(readBytes(file, LENGTH_BYTES, dataStart, path), path);
  const { tensors, metadata } = parseHeader(json, fileBytes - dataStart, path);
  return { infos: tensors, metadata, dataStart };
}

function readTensor(file: number, info: TensorInfo, dataStart: number, path: string): SafetensorsEntry {
  const data = readBytes(file, dataStart + info.begin, dataStart + info.end, path);
  return { dtype: info.dtype, shape: info.shape, data };
}

function decodeUtf8(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new InputError(`${path}: header: expected UTF-8, found other bytes`);
  }
}
