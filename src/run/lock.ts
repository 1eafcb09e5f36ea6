import { closeSync, openSync } from "node:fs";
import { fileError } from "../system/file-error.js";
import { InputError } from "../text/errors.js";

/**
 * Locks an open file or folder against other processes, until it is closed or the process ends; false when another one has the lock.
 * Throws where the file system has no locks.
 */
export type LockFile = (descriptor: number) => boolean;

/** Whether another process trains in a run directory. */
export function isRunLocked(directory: string, lockFile: LockFile): boolean {
  const folder = openSync(directory, "r");
  try {
    return !lockFile(folder);
  } catch {
    return false;
  } finally {
    closeSync(folder);
  }
}

/**
 * Makes this process the only one that trains in a run directory, until it ends or calls what is returned, once or more often. Another one that did
 * too would write over its files.
 * @throws InputError when another process has it
 */
export function lockRun(directory: string, lockFile: LockFile, note: (text: string) => void): () => void {
  let folder: number;
  try {
    folder = openSync(directory, "r");
  } catch (error) {
    throw fileError(directory, "a run directory that can be read", error);
  }
  let isOpen = true;
  const unlock = () => {
    if (isOpen) closeSync(folder);
    isOpen = false;
  };
  let isLocked: boolean;
  try {
    isLocked = lockFile(folder);
  } catch (error) {
    // Some network file systems have no locks.
    note(`${directory}: not locked against other processes: ${error instanceof Error ? error.message : error}`);
    return unlock;
  }
  if (isLocked) return unlock;
  unlock();
  throw new InputError(
    `${directory}: expected a run that no process works on, found one that another process is training`,
  );
}
