import { constants } from "node:buffer";
import { fstatSync, openSync, readSync, statSync } from "node:fs";
import { InputError } from "../text/errors.js";
import { fileError } from "./file-error.js";

const MAX_CALL_BYTES = 1 << 30;

/**
 * Opens a regular file for reading; a directory, a pipe or a device is refused before it is opened.
 *
 * @param kind What is expected, such as "a safetensors file".
 * @throws InputError naming the path if it cannot be opened
 */
export function openFile(path: string, kind: string): number {
  try {
    if (!statSync(path).isFile()) throw new InputError(`${path}: expected ${kind}, found something else`);
    return openSync(path, "r");
  } catch (error) {
    throw fileError(path, `${kind} that can be read`, error);
  }
}

/** The size of an open file, bytes. */
export function fileSizeBytes(file: number): number {
  return fstatSync(file).size;
}

/**
 * Reads bytes [begin, end) of an open file into a new buffer.
 *
 * @throws InputError naming `path` if the file is shorter, or the bytes exceed a buffer's maximum
 */
export function readBytes(file: number, begin: number, end: number, path: string): Uint8Array<ArrayBuffer> {
  if (end - begin > constants.MAX_LENGTH) {
    throw new InputError(`${path}: expected at most ${constants.MAX_LENGTH} bytes per tensor, found ${end - begin}`);
  }
  const bytes = new Uint8Array(end - begin);
  for (let done = 0; done < bytes.length; ) {
    const count = readSync(file, bytes, done, Math.min(bytes.length - done, MAX_CALL_BYTES), begin + done);
    if (count === 0)
      throw new InputError(`${path}: expected ${end} bytes, found the end of the file at ${begin + done}`);
    done += count;
  }
  return bytes;
}
