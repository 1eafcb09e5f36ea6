import { join } from "node:path";
import { CurvesLogger } from "../plots/curves-logger.js";
import { bestEpoch } from "../run/best-epoch.js";
import { readRunConfig } from "../run/config.js";
import { createRunDirectory, RUN_FILES, writeConfig } from "../run/directory.js";
import { type Lengthening, lengthenedConfig } from "../run/lengthening.js";
import { lockRun } from "../run/lock.js";
import type { Logger } from "../run/logger.js";
import { MetricsLogger } from "../run/loggers/metrics-jsonl.js";
import { ResultCsvLogger } from "../run/loggers/result-csv.js";
import { provenance } from "../run/program-versions.js";
import { BEGINNING } from "../run/progress.js";
import { type RunContext, runRecord } from "../run/record.js";
import type { RunSettings } from "../run/settings.js";
import { lockFile } from "../tensor/process.js";
import { threads, versions } from "../tensor/runtime.js";
import { checkpointTensors, restoreTensors, type Trained } from "./checkpoint.js";
import { ModelFiles } from "./model-files.js";
import type { OpenRun } from "./open-run.js";
import type { Note } from "./options.js";
import { checkpointFolder } from "./run-checkpoints.js";

/** A run directory that no other process writes to, and what writes it. */
export interface RunFiles {
  readonly directory: string;
  readonly loggers: readonly Logger[];
  /** Lets other processes train there. */
  readonly unlock: () => void;
}

/**
 * Makes a run's directory, with its configuration and a checkpoint of its beginning in it: whenever the process is killed from then
 * on, the run can be resumed. Throws InputError when it cannot be written; nothing is left then.
 */
export function beginRun(
  workDir: string,
  settings: RunSettings,
  context: RunContext,
  trained: Trained,
  note: Note,
): RunFiles {
  const now = new Date();
  let unlock = () => {};
  const { dataset, arch } = settings;
  const directory = createRunDirectory({ workDir, dataset, arch, now }, (unfinished) => {
    unlock = lockRun(unfinished, lockFile, note);
    writeConfig(unfinished, runRecord(settings, context, provenance(versions(), threads()), now));
    checkpointFolder(unfinished).write({ progress: BEGINNING, tensors: checkpointTensors(trained) });
  });
  return { directory, loggers: fileLoggers(directory, new ModelFiles(directory, settings, trained.network)), unlock };
}

/**
 * Puts network, optimizer and the run's best model into the state of its checkpoint. Throws InputError for a checkpoint of another
 * network, and for files that cannot be written.
 */
export function continueRun(
  { directory, settings, lengthening, checkpoint, unlock }: OpenRun,
  trained: Trained,
): RunFiles {
  const { progress, tensors, path } = checkpoint;
  if (lengthening !== null) recordLengthening(directory, lengthening);
  const models = new ModelFiles(directory, settings, trained.network);
  restoreTensors(trained, tensors, path);
  const best = bestEpoch(progress.epochs);
  if (best !== undefined && models.writtenBest() !== best.epoch) {
    // The best network may be of an epoch after this checkpoint, which is done again.
    const kept = checkpointFolder(directory).endOf(best.epoch);
    if (kept !== null) {
      restoreTensors(trained, kept.tensors, join(directory, RUN_FILES.checkpoints));
      models.writeBest(best);
      restoreTensors(trained, tensors, path);
    }
  }
  return { directory, loggers: fileLoggers(directory, models), unlock };
}

/** Says in a run's `config.json` that it is planned for another number of epochs from now on. */
function recordLengthening(directory: string, lengthening: Lengthening): void {
  const { settings } = readRunConfig(join(directory, RUN_FILES.config));
  writeConfig(directory, lengthenedConfig(Object.fromEntries(settings), lengthening));
}

function fileLoggers(directory: string, models: ModelFiles): readonly Logger[] {
  return [
    new ResultCsvLogger(join(directory, RUN_FILES.result)),
    new MetricsLogger(join(directory, RUN_FILES.metrics)),
    new CurvesLogger(join(directory, RUN_FILES.curves)),
    models,
  ];
}
