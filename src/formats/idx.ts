import { gunzipSync } from "node:zlib";
import { InputError } from "../text/errors.js";

/** The element type of bytes; the format has others, which data sets of images do not use. */
const UNSIGNED_BYTE = 0x08;

/** An array of bytes out of an idx file. */
export interface IdxArray {
  readonly shape: readonly number[];
  /** Row-major, of the shape's product; a view of the file's bytes. */
  readonly data: Uint8Array;
}

/**
 * Reads an idx file of bytes: two zero bytes, the element type (0x08), the number of dimensions, each dimension as a
 * big-endian 32-bit integer, then the elements; raw or compressed by gzip.
 *
 * Source: the format's description with MNIST, http://yann.lecun.com/exdb/mnist/
 *
 * @param bytes the whole file
 * @param path the file's name for messages
 * @param dimensions number of dimensions that the array must have
 * @param maxBytes the most that a compressed file may unpack to
 * @throws InputError for another magic number, type or number of dimensions; for a file that is cut off, too long or
 *   not gzip's
 */
export function readIdx(bytes: Uint8Array, path: string, dimensions: number, maxBytes: number): IdxArray {
  const file = isGzip(bytes) ? unpack(bytes, path, maxBytes) : bytes;
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const headerBytes = 4 + 4 * dimensions;
  if (file.length < headerBytes) {
    throw new InputError(`${path}: expected an idx header of ${headerBytes} bytes, found a file of ${file.length}`);
  }
  const magic = view.getUint32(0);
  const expected = (UNSIGNED_BYTE << 8) | dimensions;
  if (magic !== expected) {
    throw new InputError(
      `${path}: expected an idx file of bytes in ${dimensions} ${dimensions === 1 ? "dimension" : "dimensions"}, ` +
        `magic number ${hex(expected)}, found ${hex(magic)}`,
    );
  }
  const shape = Array.from({ length: dimensions }, (_, index) => view.getUint32(4 + 4 * index));
  // As doubles: a product past 2^53 is only compared with a file's size, which is far below.
  const size = headerBytes + shape.reduce((product, dimension) => product * dimension, 1);
  if (file.length !== size) {
    const why = file.length < size ? "it is cut off" : "it is too long";
    throw new InputError(`${path}: expected ${size} bytes of shape ${shape.join(" × ")}, found ${file.length}: ${why}`);
  }
  return { shape, data: file.subarray(headerBytes) };
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

function unpack(bytes: Uint8Array, path: string, maxBytes: number): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    const isTooLong = error instanceof RangeError;
    throw new InputError(
      isTooLong
        ? `${path}: expected a gzip file that unpacks to at most ${maxBytes} bytes, found a larger one`
        : `${path}: expected a whole gzip file, found a damaged one or one that is cut off`,
      { cause: error },
    );
  }
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, "0")}`;
}
