import { accessSync, constants } from "node:fs";
import { InputError } from "../text/errors.js";

/**
 * Turns what a file-system call threw into an InputError of one line that names the path, what was expected of it and
 * the system's reason, as in `/runs/a.csv: expected a file that can be read, found ENOENT (no such file or directory)`.
 * Anything that is not a system error comes back as it is, so the caller writes `throw fileError(…)`.
 */
export function fileError(path: string, expected: string, error: unknown): unknown {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return error;
  const reason = /^[A-Z0-9_]+: ([^,\n]+)/.exec(error.message)?.[1];
  const found = reason === undefined ? error.code : `${error.code} (${reason})`;
  return new InputError(`${path}: expected ${expected}, found ${found}`, { cause: error });
}

/** Whether the error is the system's error with that code, such as "EEXIST". */
export function isSystemError(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

/** Before a folder is said to lack something: one that may not be looked into seems to lack everything. Throws InputError. */
export function checkFolder(path: string, expected: string): void {
  try {
    accessSync(path, constants.R_OK | constants.X_OK);
  } catch (error) {
    throw fileError(path, expected, error);
  }
}
