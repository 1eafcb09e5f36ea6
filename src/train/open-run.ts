import { existsSync, readdirSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import type { Group } from "../distributed/group.js";
import { shareText } from "../distributed/share-text.js";
import type { FoundCheckpoint } from "../run/checkpoint-folder.js";
import { type RunConfig, readRunConfig } from "../run/config.js";
import { RUN_FILES } from "../run/directory.js";
import type { Lengthening } from "../run/lengthening.js";
import { lockRun } from "../run/lock.js";
import { programVersions } from "../run/program-versions.js";
import { type RecordedRun, readRecord } from "../run/record.js";
import { type RunSettings, resumeOverrides } from "../run/settings.js";
import { removeTemporaries } from "../system/atomic-file.js";
import { lockFile } from "../tensor/process.js";
import { versions } from "../tensor/runtime.js";
import { InputError } from "../text/errors.js";
import { jsonText } from "../text/json.js";
import { lengthen } from "./lengthen.js";
import type { Note, ResumeOptions } from "./options.js";
import { checkpointFolder, newestCheckpoint, parseSharedProgress } from "./run-checkpoints.js";
import { settingValues } from "./settings.js";

/** A run that is resumed. */
export interface OpenRun extends RecordedRun {
  readonly directory: string;
  /** How its number of epochs changes now, which is still to be recorded. */
  readonly lengthening: Lengthening | null;
  readonly checkpoint: FoundCheckpoint;
  /** Lets other processes train in its directory. */
  readonly unlock: () => void;
}

/**
 * Opens a run directory to resume its run in a number of processes: partial files are removed, and the run is locked.
 * @throws InputError for a path that is not a run directory, has no intact checkpoint, or is being trained
 */
export function openRun(directory: string, options: ResumeOptions, processes: number, note: Note): OpenRun {
  const path = join(directory, RUN_FILES.config);
  if (!existsSync(path)) {
    throw new InputError(
      `\`resume\`: ${directory}: expected a run directory, with ${RUN_FILES.config}, or auto, found none`,
    );
  }
  const recorded = readRecord(readRunConfig(path), path);
  const settings = withOverrides(recorded.settings, options);
  const unlock = lockRun(directory, lockFile, note);
  try {
    removeTemporaries(directory);
    const checkpoint = newestCheckpoint(checkpointFolder(directory), note);
    if (checkpoint.progress.epochs.length >= settings.recipe.epochs && recorded.laterStages > 0) {
      checkLastStage(directory, (settings.stage ?? 0) + 1);
    }
    if (options.syncBn && !settings.syncBn) {
      throw new InputError(`\`syncBn\`: expected none, as ${directory} began without it`);
    }
    if (settings.teacher !== null && recorded.settings.teacher === null) {
      throw new InputError(`\`teacher\`: expected none, as ${directory} began without one`);
    }
    noteDifferences(recorded, settings, processes, note);
    const { recipe, lengthening } = lengthen(settings, checkpoint.progress, options.epochs, { directory, note });
    return { ...recorded, settings: { ...settings, recipe }, directory, lengthening, checkpoint, unlock };
  } catch (error) {
    unlock();
    throw error;
  }
}

function withOverrides(settings: RunSettings, options: ResumeOptions): RunSettings {
  return { ...settings, ...resumeOverrides(settingValues(options)) };
}

/** What the other ranks need to know of a run that rank 0 opened. */
type SharedRun = Omit<OpenRun, "unlock" | "checkpoint" | "versions"> & { readonly progress: unknown };

/**
 * The run that rank 0 opened to resume, on every rank; to be called by all. The others hold neither its lock nor the
 * tensors of its checkpoint, which are sent when there is a network to put them into.
 * @param opened what rank 0 opened, `null` when a run begins; ignored on the others
 */
export function shareOpenRun(group: Group, opened: OpenRun | null, options: ResumeOptions): OpenRun | null {
  const text = shareText(group, opened === null ? "null" : sharedText(opened));
  if (group.isLeader) return opened;
  const shared = JSON.parse(text) as SharedRun | null;
  if (shared === null) return null;
  const { progress, ...run } = shared;
  const checkpoint = {
    progress: parseSharedProgress(progress),
    tensors: new Map(),
    path: "rank 0's checkpoint",
    damaged: [],
  };
  const settings = withOverrides(run.settings, options);
  return { ...run, settings, checkpoint, versions: new Map(), unlock: () => undefined };
}

function sharedText({ unlock: _, checkpoint, versions: __, ...run }: OpenRun): string {
  return jsonText({ ...run, progress: checkpoint.progress } satisfies SharedRun);
}

/** Of stages in a row, only the last one that has begun can be resumed. Throws InputError naming the next one's run. */
function checkLastStage(directory: string, next: number): void {
  // Not `dirname`, which of "." is "." again.
  const parent = join(directory, "..");
  const runs = readdirSync(parent).map((name) => join(parent, name));
  const later = runs.find(
    (run) => existsSync(join(run, RUN_FILES.config)) && isNextStage(run, resolve(directory), next),
  );
  if (later === undefined) return;
  throw new InputError(
    `${directory}: expected the last stage that has begun, found stage ${next - 1}, which is over; the one to resume is ${later}`,
  );
}

function isNextStage(run: string, previous: string, stage: number): boolean {
  let config: RunConfig;
  try {
    config = readRunConfig(join(run, RUN_FILES.config));
  } catch {
    // Whatever it is, it is no run of this program.
    return false;
  }
  const { settings } = config;
  // Started elsewhere, the path may differ; the folder's name is the run's.
  return settings.get("stage") === stage && basename(String(settings.get("loadModelState"))) === basename(previous);
}

/** Notes what rounds differently than before: other instructions or another number of threads. */
function noteDifferences(recorded: RecordedRun, settings: RunSettings, processes: number, note: Note): void {
  const { versions: recordedVersions, settings: before } = recorded;
  const differences = Object.entries(programVersions(versions())).flatMap(([name, version]) => {
    const recordedVersion = recordedVersions.get(name);
    return recordedVersion === version ? [] : [`${name} ${version} (before: ${recordedVersion})`];
  });
  if (settings.threads !== before.threads) differences.push(`${settings.threads} threads (before: ${before.threads})`);
  if (processes !== recorded.processes)
    differences.push(`${processes} ${processes === 1 ? "process" : "processes"} (before: ${recorded.processes})`);
  if (differences.length === 0) return;
  note(`results may differ in their last digits from those of an uninterrupted run: ${differences.join(", ")}`);
}
