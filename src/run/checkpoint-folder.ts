import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { removeTemporaries } from "../system/atomic-file.js";
import { fileError, isSystemError } from "../system/file-error.js";
import { makeDirectory } from "../system/make-directory.js";
import { InputError } from "../text/errors.js";
import { bestEpoch } from "./best-epoch.js";
import { type Checkpoint, readCheckpoint, tensorsFile, writeCheckpoint } from "./checkpoint-file.js";
import type { RunProgress } from "./progress.js";

/** `0002-000150.json`: after two epochs and 150 batches of the third one. */
const NAME = /^(\d{4,9})-(\d{6,9})\.(json|safetensors)$/;

/** Checkpoints kept besides the best epoch's. */
const KEPT = 2;

/** A checkpoint that was read, and newer ones that were unreadable. */
export interface FoundCheckpoint extends Checkpoint {
  readonly path: string;
  /** What was wrong with each newer one, one line each. */
  readonly damaged: readonly string[];
}

/** The folder of a run's checkpoints. */
export class CheckpointFolder {
  readonly #path: string;

  /** @param path created with the first checkpoint */
  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Writes a checkpoint, and only then removes what is no longer needed: all but this one, the one before and that of
   * the end of the best epoch so far. Returns its path.
   * @throws InputError for a system error; the earlier checkpoints are then unchanged
   */
  write(checkpoint: Checkpoint): string {
    const path = join(this.#path, nameOf(checkpoint.progress));
    try {
      makeDirectory(this.#path);
    } catch (error) {
      throw fileError(this.#path, "a folder that can be made", error);
    }
    writeCheckpoint(path, checkpoint);
    this.#prune(checkpoint.progress);
    return path;
  }

  /**
   * Reads the newest intact checkpoint.
   * @throws InputError naming what is wrong with the newest if none is intact, or that there is none
   */
  newest(): FoundCheckpoint {
    const damaged: string[] = [];
    for (const path of this.#manifests()) {
      try {
        return { ...readCheckpoint(path), path, damaged };
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        damaged.push(error.message);
      }
    }
    const [first, ...others] = damaged;
    if (first === undefined) throw new InputError(`${this.#path}: expected a checkpoint, found none`);
    throw new InputError(first + (others.length > 0 ? `; nor can the ${others.length} before it be read` : ""));
  }

  /** The newest checkpoint's path, `null` if there is none. It is not read. */
  newestPath(): string | null {
    return this.#manifests()[0] ?? null;
  }

  /**
   * The checkpoint of the end of an epoch, counted from 1; `null` if it is not kept. Throws InputError if it is
   * damaged.
   */
  endOf(epoch: number): Checkpoint | null {
    const path = join(this.#path, fileName(epoch, 0));
    return this.#manifests().includes(path) ? readCheckpoint(path) : null;
  }

  /** The manifests, newest first. */
  #manifests(): string[] {
    return this.#names()
      .filter((name) => name.endsWith(".json"))
      .map((name) => join(this.#path, name));
  }

  /** Names of checkpoints' files, newest first. */
  #names(): string[] {
    try {
      return readdirSync(this.#path)
        .filter((name) => NAME.test(name))
        .sort((a, b) => comparePlaces(b, a));
    } catch (error) {
      if (isSystemError(error, "ENOENT")) return [];
      throw fileError(this.#path, "a folder of checkpoints that can be read", error);
    }
  }

  /** Removes newer ones, which were discarded: the run went back before them. */
  #prune(progress: RunProgress): void {
    const current = nameOf(progress);
    const best = bestEpoch(progress.epochs);
    const older = this.#manifests().filter((path) => comparePlaces(path, current) <= 0);
    const kept = new Set(older.slice(0, KEPT));
    if (best !== undefined) kept.add(join(this.#path, fileName(best.epoch, 0)));
    const keptFiles = new Set([...kept].flatMap((path) => [path, tensorsFile(path)]));
    // A manifest is removed before its tensors: if it exists, the checkpoint is complete.
    const names = this.#names().sort((a, b) => Number(b.endsWith(".json")) - Number(a.endsWith(".json")));
    try {
      for (const name of names) {
        const path = join(this.#path, name);
        if (!keptFiles.has(path)) rmSync(path, { force: true });
      }
      removeTemporaries(this.#path);
    } catch (error) {
      throw fileError(this.#path, "checkpoints that can be removed", error);
    }
  }
}

function nameOf({ epochs, pass }: RunProgress): string {
  return fileName(epochs.length, pass?.batch ?? 0);
}

function fileName(epochs: number, batch: number): string {
  return `${String(epochs).padStart(4, "0")}-${String(batch).padStart(6, "0")}.json`;
}

/** Negative if the first one, a name or a path, is from an earlier point of the run. */
function comparePlaces(a: string, b: string): number {
  const [epochA = 0, batchA = 0] = placeOf(a);
  const [epochB = 0, batchB = 0] = placeOf(b);
  return epochA - epochB || batchA - batchB;
}

function placeOf(path: string): number[] {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return (NAME.exec(name) ?? []).slice(1, 3).map(Number);
}
