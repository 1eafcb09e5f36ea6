import { join } from "node:path";
import type { Checkpoint } from "../run/checkpoint-file.js";
import { CheckpointFolder, type FoundCheckpoint } from "../run/checkpoint-folder.js";
import { RUN_FILES } from "../run/directory.js";
import { progressText, type RunProgress } from "../run/progress.js";
import { note } from "../system/note.js";
import { restoreTensors, type Trained } from "./checkpoint.js";
import type { DivergedError } from "./divergence.js";
import type { Checkpointing } from "./fit.js";

/** The folder of a run's checkpoints. */
export function checkpointFolder(directory: string): CheckpointFolder {
  return new CheckpointFolder(join(directory, RUN_FILES.checkpoints));
}

/** Checkpoints in a run directory: after every epoch, and every so many minutes. */
export class RunCheckpoints implements Checkpointing {
  readonly #folder: CheckpointFolder;
  readonly #trained: Trained;
  readonly #everyMs: number;
  #last = performance.now();

  /** @param everyMinutes 0: only after epochs */
  constructor(directory: string, trained: Trained, everyMinutes: number) {
    this.#folder = checkpointFolder(directory);
    this.#trained = trained;
    this.#everyMs = everyMinutes * 60_000;
  }

  isDue(): boolean {
    return this.#everyMs > 0 && performance.now() - this.#last >= this.#everyMs;
  }

  write(checkpoint: Checkpoint): void {
    this.#folder.write(checkpoint);
    this.#last = performance.now();
  }

  goBack({ message }: DivergedError): RunProgress {
    const { tensors, progress, path } = newestCheckpoint(this.#folder);
    restoreTensors(this.#trained, tensors, path);
    note(`${message}; going back to ${progressText(progress)} and on without that batch`);
    return progress;
  }
}

/** The newest checkpoint that is whole; says of those that are not that they were passed over. Throws InputError when none is. */
export function newestCheckpoint(folder: CheckpointFolder): FoundCheckpoint {
  const newest = folder.newest();
  for (const problem of newest.damaged) note(`${problem}; going back to the checkpoint before it`);
  return newest;
}
