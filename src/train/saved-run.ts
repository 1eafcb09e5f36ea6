import { join } from "node:path";
import { bestEpoch } from "../run/best-epoch.js";
import { createRunDirectory, RUN_FILES, writeConfig } from "../run/directory.js";
import { lockRun } from "../run/lock.js";
import { BEGINNING } from "../run/progress.js";
import { type RunSurroundings, runRecord } from "../run/record.js";
import { checkpointTensors, restoreTensors, type Trained } from "./checkpoint.js";
import type { OpenRun } from "./open-run.js";
import { checkpointFolder, RunCheckpoints } from "./run-checkpoints.js";
import { RunWriter } from "./run-writer.js";
import type { TrainSettings } from "./settings.js";

/** A run that has a directory, which no other process writes to. */
export interface SavedRun {
  readonly writer: RunWriter;
  readonly checkpoints: RunCheckpoints;
  /** Lets other processes train there. */
  readonly unlock: () => void;
}

/**
 * Makes a run's directory, with its configuration and a checkpoint of its beginning in it: whenever the process is killed from then
 * on, the run can be gone on with. Throws InputError when it cannot be written; nothing is left then.
 */
export function beginRun(
  workDir: string,
  settings: TrainSettings,
  surroundings: RunSurroundings,
  trained: Trained,
): SavedRun {
  const now = new Date();
  let unlock = () => {};
  const { dataset, arch } = settings;
  const directory = createRunDirectory({ workDir, dataset, arch, now }, (unfinished) => {
    unlock = lockRun(unfinished);
    writeConfig(unfinished, runRecord(settings, surroundings, now));
    checkpointFolder(unfinished).write({ progress: BEGINNING, tensors: checkpointTensors(trained) });
  });
  return {
    writer: new RunWriter(directory, settings),
    checkpoints: new RunCheckpoints(directory, trained, settings.checkpointMinutes),
    unlock,
  };
}

/**
 * Puts network, optimizer and the run's files into the state of its checkpoint. Throws InputError for a checkpoint of another
 * network, and for files that cannot be written.
 */
export function continueRun({ directory, settings, checkpoint, unlock }: OpenRun, trained: Trained): SavedRun {
  const { progress, tensors, path } = checkpoint;
  const { network } = trained;
  const writer = new RunWriter(directory, settings, progress.epochs);
  restoreTensors(trained, tensors, path);
  const best = bestEpoch(progress.epochs);
  if (best !== undefined && writer.writtenBest() !== best.epoch) {
    // The best network may be of an epoch after this checkpoint, which is done again.
    const kept = checkpointFolder(directory).endOf(best.epoch);
    if (kept !== null) {
      restoreTensors(trained, kept.tensors, join(directory, RUN_FILES.checkpoints));
      writer.writeBest(network);
      restoreTensors(trained, tensors, path);
    }
  }
  writer.rewriteRecords();
  // An epoch's checkpoint is written before its other files, which may be missing.
  if (progress.pass === null && progress.epochs.length > 0) writer.writeNetwork(network);
  return { writer, checkpoints: new RunCheckpoints(directory, trained, settings.checkpointMinutes), unlock };
}
