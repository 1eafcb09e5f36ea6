import { existsSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { InputError } from "../text/errors.js";
import { writeFileAtomic } from "./atomic-file.js";

/**
 * Writes what a command was asked to make, whole or not at all: to the file that a link leads to, and over none but a regular file.
 * @throws InputError naming the path
 */
export function writeOutput(path: string, bytes: Uint8Array): void {
  const isThere = existsSync(path);
  if (isThere && !statSync(path).isFile()) {
    throw new InputError(`${path}: expected a file or a free name, found something else`);
  }
  writeFileAtomic(isThere ? realpathSync(path) : path, [bytes]);
}

/** A path without links on its way; something that is not there yet has none but its folder's. */
export function realPlace(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  const folder = dirname(path);
  return existsSync(folder) ? join(realpathSync(folder), basename(path)) : resolve(path);
}
