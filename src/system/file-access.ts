import { readFileSync, type Stats, statSync } from "node:fs";
import { shortened } from "../text/describe.js";
import { InputError } from "../text/errors.js";
import { isSystemError, systemReason } from "./file-error.js";

/** What is at a path, links followed; undefined if nothing. Throws InputError if that cannot be determined. */
export function look(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (isSystemError(error, "ENOTDIR")) return undefined;
    throw unreadable(path, error);
  }
}

/** Whether a folder, or a link to one, is at a path. */
export function isFolder(path: string): boolean {
  return look(path)?.isDirectory() ?? false;
}

/** A file's bytes; InputError if it cannot be read. */
export function readWhole(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** The InputError for a path that cannot be read, with the system's reason, in one line that starts with the path. */
export function unreadable(path: string, error: unknown): InputError {
  return new InputError(`${path}: cannot be read: ${reason(error)}`, { cause: error });
}

/** The InputError for a path that cannot be written, created, renamed or removed, in one line that starts with the path. */
export function unwritable(path: string, error: unknown): InputError {
  return new InputError(`${path}: cannot be written: ${reason(error)}`, { cause: error });
}

const maxReason = 300;

/** The system's reason in words, or any other error's message as one line of at most 300 characters. */
export function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return systemReason(error) ?? shortened(error.message.replaceAll(/\s+/g, " "), maxReason);
}
