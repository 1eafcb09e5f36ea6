import { existsSync, readdirSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import type { FoundCheckpoint } from "../run/checkpoint-folder.js";
import { type RunConfig, readRunConfig } from "../run/config.js";
import { RUN_FILES } from "../run/directory.js";
import { lockRun } from "../run/lock.js";
import { programVersions, type RecordedRun, readRecord } from "../run/record.js";
import { resumeCommand } from "../run/resume-command.js";
import { removeTemporaries } from "../system/atomic-file.js";
import { note } from "../system/note.js";
import { InputError } from "../text/errors.js";
import { checkpointFolder, newestCheckpoint } from "./run-checkpoints.js";
import type { TrainFlags, TrainSettings } from "./settings.js";

/** A run that is gone on with. */
export interface OpenRun extends RecordedRun {
  readonly directory: string;
  readonly checkpoint: FoundCheckpoint;
  /** Lets other processes train in its directory. */
  readonly unlock: () => void;
}

/**
 * Opens a run directory to go on with its run, in so many processes: what is left half-written there is removed, and other processes
 * are kept out.
 * @throws InputError for what is no run directory, has no checkpoint that is whole, or is being trained
 */
export function openRun(directory: string, flags: TrainFlags, processes: number): OpenRun {
  const path = join(directory, RUN_FILES.config);
  if (!existsSync(path)) {
    throw new InputError(
      `option --resume: ${directory}: expected a run directory, with ${RUN_FILES.config}, or auto, found none`,
    );
  }
  const recorded = readRecord(readRunConfig(path), path);
  const settings = overruled(recorded.settings, flags);
  const unlock = lockRun(directory);
  try {
    removeTemporaries(directory);
    const checkpoint = newestCheckpoint(checkpointFolder(directory));
    if (checkpoint.progress.epochs.length >= settings.recipe.epochs && recorded.laterStages > 0) {
      checkLastStage(directory, (settings.stage ?? 0) + 1);
    }
    if (flags.syncBn && !settings.syncBn) {
      throw new InputError(`option --sync-bn: expected none, as ${directory} began without it`);
    }
    tellDifferences(recorded, settings, processes);
    return { ...recorded, settings, directory, checkpoint, unlock };
  } catch (error) {
    unlock();
    throw error;
  }
}

/** Where and how it is computed may be said anew. */
export function overruled(settings: TrainSettings, flags: TrainFlags): TrainSettings {
  const { path, workers, onBadImage, threads, onNan, checkpointMinutes } = flags;
  return {
    ...settings,
    ...(path !== undefined && { path }),
    ...(workers !== undefined && { workers }),
    ...(onBadImage !== undefined && { onBadImage }),
    ...(threads !== undefined && { threads }),
    ...(onNan !== undefined && { onNan }),
    ...(checkpointMinutes !== undefined && { checkpointMinutes }),
  };
}

/** Of stages in a row, only the last one that has begun can be gone on with. Throws InputError naming the next one's run. */
function checkLastStage(directory: string, next: number): void {
  // Not `dirname`, which of "." is "." again.
  const parent = join(directory, "..");
  const runs = readdirSync(parent).map((name) => join(parent, name));
  const later = runs.find(
    (run) => existsSync(join(run, RUN_FILES.config)) && isNextStage(run, resolve(directory), next),
  );
  if (later === undefined) return;
  throw new InputError(
    `${directory}: expected the last stage that has begun, found stage ${next - 1}, which is over; go on with ${resumeCommand(later)}`,
  );
}

function isNextStage(run: string, previous: string, stage: number): boolean {
  let config: RunConfig;
  try {
    config = readRunConfig(join(run, RUN_FILES.config));
  } catch {
    // Whatever it is, it is not a run of ours.
    return false;
  }
  const { settings } = config;
  // Started elsewhere, the path may differ; the folder's name is the run's.
  return settings.get("stage") === stage && basename(String(settings.get("loadModelState"))) === basename(previous);
}

/** Other instructions or an other number of threads round otherwise: then a run goes on well, but not to the same bits. */
function tellDifferences(recorded: RecordedRun, settings: TrainSettings, processes: number): void {
  const { versions, settings: before } = recorded;
  const differences = Object.entries(programVersions()).flatMap(([name, version]) => {
    const recordedVersion = versions.get(name);
    return recordedVersion === version ? [] : [`${name} ${version} (before: ${recordedVersion})`];
  });
  if (settings.threads !== before.threads) differences.push(`${settings.threads} threads (before: ${before.threads})`);
  if (processes !== recorded.processes)
    differences.push(`${processes} ${processes === 1 ? "process" : "processes"} (before: ${recorded.processes})`);
  if (differences.length === 0) return;
  note(`results may differ in their last digits from those of an undisturbed run: ${differences.join(", ")}`);
}
