import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { makeDirectory } from "../make-directory.js";
import { writeFileAtomic } from "./atomic-file.js";
import { fileError, isSystemError } from "./file-error.js";

/** The names of the files in a run directory. */
export const RUN_FILES = {
  /** The resolved configuration of the run. */
  config: "config.json",
  /** The original program's seven columns, a row an epoch. */
  result: "result.csv",
  /** Everything measured, a JSON object an epoch. */
  metrics: "metrics.jsonl",
  /** Accuracy and loss over epochs. */
  curves: "curves.svg",
  /** The network found, after the last epoch: a plain float state dict. */
  model: "model.safetensors",
  /** The network found by the epoch of the highest top-1 accuracy in validation, the earliest of equals. */
  best: "best.safetensors",
  /** What training changes: logits and value sets of searched layers, float layers, batch statistics. */
  state: "state.safetensors",
  /** The network found with its searched weights bit-packed; not in a float run. */
  packed: "packed.safetensors",
} as const;

export interface RunDirectoryOptions {
  readonly workDir: string;
  readonly dataset: string;
  readonly arch: string;
  readonly now: Date;
}

/**
 * Makes `<workDir>/<dataset>-<arch>/<YYYYMMDDHHMMSS>/` (local time) and returns its path. When that is there already,
 * `-2`, `-3`, … is added; two processes that ask at once get two directories.
 *
 * @throws InputError when `workDir` is a file or cannot be written.
 */
export function createRunDirectory({ workDir, dataset, arch, now }: RunDirectoryOptions): string {
  const parent = join(workDir, `${dataset}-${arch}`);
  try {
    makeDirectory(parent);
    return makeNew(join(parent, timestamp(now)));
  } catch (error) {
    throw fileError(workDir, "a work directory that can be written", error);
  }
}

/** Writes `config.json` into a run directory. Throws InputError when it cannot be written. */
export function writeConfig(runDir: string, config: object): void {
  writeFileAtomic(join(runDir, RUN_FILES.config), [Buffer.from(`${JSON.stringify(config, undefined, 2)}\n`)]);
}

/** mkdir either makes the directory or fails, in one step, so whoever makes it owns it. */
function makeNew(path: string): string {
  for (let copy = 1; ; copy++) {
    const candidate = copy === 1 ? path : `${path}-${copy}`;
    try {
      mkdirSync(candidate);
      return candidate;
    } catch (error) {
      if (!isSystemError(error, "EEXIST")) throw error;
    }
  }
}

function timestamp(date: Date): string {
  const parts = [date.getMonth() + 1, date.getDate(), date.getHours(), date.getMinutes(), date.getSeconds()];
  return [String(date.getFullYear()), ...parts.map((part) => String(part).padStart(2, "0"))].join("");
}
