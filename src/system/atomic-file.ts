import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileError } from "./file-error.js";

/**
 * Writes a file atomically: the chunks go to a temporary file in the same folder, which is flushed to disk and renamed
 * to `path`. A reader, or a crash at any moment, sees the old file or the new one. On failure the temporary file is
 * removed and the old file is untouched.
 *
 * @throws InputError for a system error (no such folder, no permission, no space), and whatever `chunks` throws
 */
export function writeFileAtomic(path: string, chunks: Iterable<Uint8Array>): void {
  const temporary = join(dirname(path), temporaryName(basename(path)));
  try {
    writeFlushed(temporary, chunks);
    renameSync(temporary, path);
  } catch (error) {
    removeIfThere(temporary);
    throw fileError(path, "a place that can be written", error);
  }
  flushFolder(dirname(path));
}

/** Names of the temporary files of `writeFileAtomic`. */
const TEMPORARY = /^\..+\.\d+-[0-9a-f]{8}\.tmp$/;

/**
 * Removes from a folder the temporary files of killed writers. Not to be called while another process writes there.
 * @throws InputError for a system error
 */
export function removeTemporaries(folder: string): void {
  try {
    for (const name of readdirSync(folder)) {
      if (TEMPORARY.test(name)) rmSync(join(folder, name), { force: true });
    }
  } catch (error) {
    throw fileError(folder, "a folder that can be written", error);
  }
}

/** Names have at most 255 bytes, a character at most 4: the suffix fits after the longest name. */
function temporaryName(name: string): string {
  return `.${name.slice(0, 50)}.${process.pid}-${randomBytes(4).toString("hex")}.tmp`;
}

/** `force` ignores a missing file, but not an invalid folder or a path that is too long. */
function removeIfThere(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The caller reports the original error.
  }
}

function writeFlushed(path: string, chunks: Iterable<Uint8Array>): void {
  const file = openSync(path, "wx");
  try {
    for (const chunk of chunks) writeWhole(file, chunk);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** One write may take fewer bytes than given: the system's limit is 2 GiB per call. */
export function writeWhole(file: number, bytes: Uint8Array): void {
  const maxCallBytes = 1 << 30;
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(file, bytes, done, Math.min(bytes.length - done, maxCallBytes));
  }
}

/**
 * Makes a rename in the folder durable. The file itself is complete, so a file system that cannot do this is no
 * failure.
 */
export function flushFolder(path: string): void {
  let folder: number | undefined;
  try {
    folder = openSync(path, "r");
    fsyncSync(folder);
  } catch {
    return;
  } finally {
    if (folder !== undefined) closeSync(folder);
  }
}
