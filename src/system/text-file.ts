import { closeSync } from "node:fs";
import { InputError } from "../text/errors.js";
import { fileError } from "./file-error.js";
import { fileSizeBytes, openFile, readBytes } from "./random-access.js";

/** More than ten thousand epochs of metrics. */
const MAX_BYTES = 64 * 2 ** 20;

/**
 * Reads a text file of a run directory as UTF-8, without a byte order mark. A pipe or a device, which may never end, is
 * refused before it is opened.
 *
 * @param kind What is expected, such as "a run's configuration".
 * @throws InputError naming the path if it cannot be read or is too long
 */
export function readTextFile(path: string, kind: string): string {
  const file = openFile(path, kind);
  try {
    const sizeBytes = fileSizeBytes(file);
    if (sizeBytes > MAX_BYTES) {
      throw new InputError(`${path}: expected ${kind} of at most ${MAX_BYTES} bytes, found ${sizeBytes}`);
    }
    return new TextDecoder().decode(readBytes(file, 0, sizeBytes, path));
  } catch (error) {
    throw fileError(path, `${kind} that can be read`, error);
  } finally {
    closeSync(file);
  }
}
