import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { flushFolder, writeFileAtomic } from "../system/atomic-file.js";
import { fileError, isSystemError } from "../system/file-error.js";
import { makeDirectory } from "../system/make-directory.js";

/** The names of the files in a run directory. */
export const RUN_FILES = {
  /** The resolved configuration of the run. */
  config: "config.json",
  /** The original program's seven columns, one row per epoch. */
  result: "result.csv",
  /** All metrics, one JSON object per epoch. */
  metrics: "metrics.jsonl",
  /** Accuracy and loss over epochs. */
  curves: "curves.svg",
  /** The quantized model after the last epoch: a plain float state dict. */
  model: "model.safetensors",
  /** The quantized model of the epoch with the highest validation top-1, the earliest of equals. */
  best: "best.safetensors",
  /** The training state: logits and value sets of searched layers, float layers, batch statistics. */
  state: "state.safetensors",
  /** The quantized model with its searched weights bit-packed; not in a float run. */
  packed: "packed.safetensors",
  /** The folder of the checkpoints from which a stopped run resumes. */
  checkpoints: "checkpoints",
} as const;

/** Age after which an unfinished directory is abandoned: no run takes this long to write its initial files. */
const ABANDONED_AFTER_MS = 60 * 60 * 1000;

export interface RunDirectoryOptions {
  readonly workDir: string;
  readonly dataset: string;
  readonly arch: string;
  readonly now: Date;
}

/**
 * Creates `<workDir>/<dataset>-<arch>/<YYYYMMDDHHMMSS>/` (local time) and returns its path. If it exists already,
 * `-2`, `-3`, … is appended; two simultaneous processes get two directories.
 *
 * @param fill Writes the initial files. The directory gets its name only then: a killed process leaves a run directory
 *   with all of them, or none.
 * @throws InputError if `workDir` is a file or cannot be written, and whatever `fill` throws; nothing is left then
 */
export function createRunDirectory(
  { workDir, dataset, arch, now }: RunDirectoryOptions,
  fill: (directory: string) => void,
): string {
  const parent = join(workDir, `${dataset}-${arch}`);
  const unfinished = join(parent, `.${timestamp(now)}.${process.pid}-${randomBytes(4).toString("hex")}.tmp`);
  try {
    makeDirectory(parent);
    removeAbandoned(parent, now);
    mkdirSync(unfinished);
    fill(unfinished);
    const path = renameToNew(unfinished, join(parent, timestamp(now)));
    flushFolder(parent);
    return path;
  } catch (error) {
    if (existsSync(unfinished)) rmSync(unfinished, { recursive: true, force: true });
    throw fileError(workDir, "a work directory that can be written", error);
  }
}

/** Writes `config.json` into a run directory. Throws InputError if it cannot be written. */
export function writeConfig(runDir: string, config: object): void {
  writeFileAtomic(join(runDir, RUN_FILES.config), [Buffer.from(`${JSON.stringify(config, undefined, 2)}\n`)]);
}

/** A directory is renamed atomically, and never over a non-empty one: the process that renames it owns the name. */
function renameToNew(from: string, to: string): string {
  for (let copy = 1; ; copy++) {
    const candidate = copy === 1 ? to : `${to}-${copy}`;
    try {
      renameSync(from, candidate);
      return candidate;
    } catch (error) {
      if (!["EEXIST", "ENOTEMPTY", "ENOTDIR"].some((code) => isSystemError(error, code))) throw error;
    }
  }
}

/** Removes leftovers of processes that were killed before their run directory had its name. */
function removeAbandoned(parent: string, now: Date): void {
  for (const name of readdirSync(parent)) {
    const path = join(parent, name);
    if (!/^\.\d{14}\.\d+-[0-9a-f]{8}\.tmp$/.test(name)) continue;
    const age = now.getTime() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
    if (age > ABANDONED_AFTER_MS) rmSync(path, { recursive: true, force: true });
  }
}

function timestamp(date: Date): string {
  const parts = [date.getMonth() + 1, date.getDate(), date.getHours(), date.getMinutes(), date.getSeconds()];
  return [String(date.getFullYear()), ...parts.map((part) => String(part).padStart(2, "0"))].join("");
}
