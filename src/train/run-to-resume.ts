import { AUTO } from "../cli/options/parsers.js";
import { restartCount } from "../distributed/environment.js";
import { findRun, parentStart } from "./find-run.js";
import { type OpenRun, openRun } from "./open-run.js";
import type { TrainFlags, TrainSettings } from "./settings.js";

/**
 * Opens the run that a command goes on with: the one that `--resume` names; with `auto`, or where a launcher started the command
 * anew, the newest one of its own. `null`: a new run begins.
 * @param settings of the command; `null` where `--resume` names a run
 * @param processes that train
 * @throws InputError for what cannot be gone on with
 */
export function runToGoOnWith(flags: TrainFlags, settings: TrainSettings | null, processes: number): OpenRun | null {
  if (settings === null) return openRun(flags.resume ?? "", flags, processes);
  const isRestart = restartCount(process.env) > 0;
  if (flags.save === false || (flags.resume !== AUTO && !isRestart)) return null;
  const directory = findRun({
    workDir: flags.workDir,
    settings,
    laterStages: (flags.stages ?? 1) - 1,
    // A process may have been lost after the last step; its run is over all the same, and not to be trained twice.
    finishedSince: isRestart ? parentStart() : null,
  });
  return directory === null ? null : openRun(directory, flags, processes);
}
