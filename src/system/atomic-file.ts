import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileError } from "./file-error.js";

/**
 * Writes a file that is whole or not there: the chunks go to a temporary name in the same folder, are flushed to the
 * disk and renamed over `path`. A reader, or a crash at any moment, sees the old file or the new one. When anything
 * fails, the temporary is removed and the old file is untouched.
 *
 * @throws InputError when the system refuses (no such folder, no permission, no space), and whatever `chunks` throws.
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

/** What `writeFileAtomic` calls its temporaries. */
const TEMPORARY = /^\..+\.\d+-[0-9a-f]{8}\.tmp$/;

/**
 * Removes from a folder what writers that were killed left half-written. Not while another process writes there.
 * @throws InputError when the system refuses
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

/** Names have at most 255 bytes, a character at most 4: the longest name leaves room for what is added. */
function temporaryName(name: string): string {
  return `.${name.slice(0, 50)}.${process.pid}-${randomBytes(4).toString("hex")}.tmp`;
}

/** `force` passes over a file that is not there, but not over a folder that is none or a path too long. */
function removeIfThere(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // What made it fail is what the caller tells.
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

/** One write may take less than it was given: the system's limit is 2 GiB a call. */
export function writeWhole(file: number, bytes: Uint8Array): void {
  const maxCallBytes = 1 << 30;
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(file, bytes, done, Math.min(bytes.length - done, maxCallBytes));
  }
}

/** Makes a rename in the folder last. What was renamed is already whole, so a file system that cannot do this is no failure. */
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
