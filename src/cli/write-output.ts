import { realpathSync, statSync } from "node:fs";
import { InputError } from "../errors.js";
import { writeFileAtomic } from "../run/atomic-file.js";
import { fileError, isSystemError } from "../run/file-error.js";

/**
 * Writes what a command was asked to make, whole or not at all: to the file that a link leads to, and over none but a regular file.
 * @throws InputError naming the path
 */
export function writeOutput(path: string, bytes: Uint8Array): void {
  writeFileAtomic(target(path), [bytes]);
}

function target(path: string): string {
  try {
    if (!statSync(path).isFile()) throw new InputError(`${path}: expected a file or a free name, found something else`);
    return realpathSync(path);
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return path;
    throw fileError(path, "a place that can be written", error);
  }
}
