import { accessSync, constants } from "node:fs";
import { getSystemErrorMap } from "node:util";
import { InputError } from "../text/errors.js";

const reasons = new Map(getSystemErrorMap().values());

/** The reason of a system error in words, such as "no such file or directory"; undefined for any other error. */
export function systemReason(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? reasons.get(String(error.code)) : undefined;
}

/**
 * Turns the error of a file-system call into an InputError of one line that names the path, what was expected of it and
 * the system's reason, as in `/runs/a.csv: expected a file that can be read, found no such file or directory`.
 * An error without a code is returned as it is, so that the caller writes `throw fileError(…)`.
 */
export function fileError(path: string, expected: string, error: unknown): unknown {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return error;
  return new InputError(`${path}: expected ${expected}, found ${systemReason(error) ?? error.code}`, { cause: error });
}

/** Whether this is a system error of that code, such as "EEXIST". */
export function isSystemError(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

/** Checks that a folder can be searched: without permission it would seem to be empty. Throws InputError. */
export function checkFolder(path: string, expected: string): void {
  try {
    accessSync(path, constants.R_OK | constants.X_OK);
  } catch (error) {
    throw fileError(path, expected, error);
  }
}
