import { join } from "node:path";
import type { Group } from "../distributed/group.js";
import { shareText } from "../distributed/share-text.js";
import { CheckpointFolder, type FoundCheckpoint } from "../run/checkpoint-folder.js";
import { RUN_FILES } from "../run/directory.js";
import { parseProgress, progressText, type RunProgress } from "../run/progress.js";
import { jsonText } from "../text/json.js";
import { JsonFields } from "../text/json-fields.js";
import { type Checkpoints, checkpointTensors, restoreTensors, shareTrained, type Trained } from "./checkpoint.js";
import type { DivergedError } from "./divergence.js";
import type { Note } from "./options.js";

/** The folder of a run's checkpoints. */
export function checkpointFolder(directory: string): CheckpointFolder {
  return new CheckpointFolder(join(directory, RUN_FILES.checkpoints));
}

/**
 * Checkpoints in a run directory: after every epoch, and every few minutes. Rank 0 writes them, and all ranks restore
 * them.
 */
export class RunCheckpoints implements Checkpoints {
  readonly #folder: CheckpointFolder | null;
  readonly #trained: Trained;
  readonly #everyMs: number;
  readonly #group: Group;
  readonly #note: Note;
  #lastMs = performance.now();

  /**
   * @param directory the run's; `null` on ranks that do not write
   * @param everyMinutes 0: only after epochs
   */
  constructor(directory: string | null, trained: Trained, everyMinutes: number, group: Group, note: Note) {
    this.#folder = directory === null ? null : checkpointFolder(directory);
    this.#trained = trained;
    this.#everyMs = everyMinutes * 60_000;
    this.#group = group;
    this.#note = note;
  }

  isDue(): boolean {
    return this.#folder !== null && this.#everyMs > 0 && performance.now() - this.#lastMs >= this.#everyMs;
  }

  write(progress: RunProgress): void {
    if (this.#folder === null) return;
    this.#folder.write({ progress, tensors: checkpointTensors(this.#trained) });
    this.#lastMs = performance.now();
  }

  goBack(because: DivergedError): RunProgress {
    const own = this.#folder && this.#restore(this.#folder, because);
    const text = shareText(this.#group, jsonText(own));
    shareTrained(this.#group, this.#trained);
    return own ?? parseSharedProgress(JSON.parse(text));
  }

  #restore(folder: CheckpointFolder, { message }: DivergedError): RunProgress {
    const { tensors, progress, path } = newestCheckpoint(folder, this.#note);
    restoreTensors(this.#trained, tensors, path);
    this.#note(`${message}; rolling back to ${progressText(progress)}, continuing without that batch`);
    return progress;
  }
}

/** Progress that rank 0 sent. */
export function parseSharedProgress(value: unknown): RunProgress {
  return parseProgress(new JsonFields(value, "rank 0's progress"), "rank 0's progress");
}

/** The newest intact checkpoint, with a note on every damaged one. Throws InputError if none is intact. */
export function newestCheckpoint(folder: CheckpointFolder, note: Note): FoundCheckpoint {
  const newest = folder.newest();
  for (const problem of newest.damaged) note(`${problem}; using the checkpoint before it`);
  return newest;
}
