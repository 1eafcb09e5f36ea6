import { readFileSync, type Stats, statSync } from "node:fs";
import { shortened } from "../text/describe.js";
import { InputError } from "../text/errors.js";
import { isSystemError } from "./file-error.js";

/** What is at a path, links followed, if anything; InputError if that cannot be told. */
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

/** The error for what cannot be read, with the system's reason, in one line that starts with the path. */
export function unreadable(path: string, error: unknown): InputError {
  return new InputError(`${path}: cannot be read: ${reason(error)}`, { cause: error });
}

/** The error for what cannot be written, made, renamed or removed, in one line that starts with the path. */
export function unwritable(path: string, error: unknown): InputError {
  return new InputError(`${path}: cannot be written: ${reason(error)}`, { cause: error });
}

const maxReason = 300;

/** An error's message as one line of at most 300 characters, or its code where it has none, as when several addresses were tried. */
export function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const text = error.message === "" && "code" in error ? String(error.code) : error.message;
  const line = text.replaceAll(/\s+/g, " ");
  return shortened(line, maxReason);
}
