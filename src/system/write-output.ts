import { existsSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { InputError } from "../text/errors.js";
import { writeFileAtomic } from "./atomic-file.js";

/**
 * Writes a command's output file atomically: links are followed, and only a regular file is overwritten.
 * @throws InputError naming the path
 */
export function writeOutput(path: string, bytes: Uint8Array): void {
  const isThere = existsSync(path);
  if (isThere && !statSync(path).isFile()) {
    throw new InputError(`${path}: expected a file or an unused name, found something else`);
  }
  writeFileAtomic(isThere ? realpathSync(path) : path, [bytes]);
}

/** Resolves links in a path; of a file that does not exist yet, those of its folder. */
export function realPlace(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  const folder = dirname(path);
  return existsSync(folder) ? join(realpathSync(folder), basename(path)) : resolve(path);
}
