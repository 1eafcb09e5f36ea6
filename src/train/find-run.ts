import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { type RunConfig, readRunConfig } from "../run/config.js";
import { RUN_FILES } from "../run/directory.js";
import { runIdentity } from "../run/identity.js";
import { isRunLocked } from "../run/lock.js";
import { type RecordedRun, readRecord } from "../run/record.js";
import type { RunSettings } from "../run/settings.js";
import { lockFile } from "../tensor/process.js";
import { InputError } from "../text/errors.js";
import { checkpointFolder } from "./run-checkpoints.js";

/** Which run is looked for. */
export interface WantedRun {
  readonly workDir: string;
  readonly settings: RunSettings;
  /** Progressive stages that the command runs after the first one. */
  readonly laterStages: number;
  /** A finished run counts too if it began after this; `null`: none does. */
  readonly finishedSince: Date | null;
}

/**
 * The newest run directory of a command's own run, which another process of the same command began and no process works
 * on: of the same settings, or a later stage of them. `null` when there is none.
 */
export function findRun(wanted: WantedRun): string | null {
  const { dataset, arch } = wanted.settings;
  const parent = join(wanted.workDir, `${dataset}-${arch}`);
  if (!existsSync(parent)) return null;
  const candidates = readdirSync(parent)
    .filter((name) => !name.startsWith("."))
    .map((name) => join(parent, name))
    .flatMap((directory) => {
      const config = readOrNull(directory);
      return config === null ? [] : [{ directory, config }];
    })
    .sort((a, b) => Date.parse(b.config.startedAt) - Date.parse(a.config.startedAt));
  return candidates.find(({ directory, config }) => isWanted(directory, config, wanted))?.directory ?? null;
}

function readOrNull(directory: string): RunConfig | null {
  try {
    return readRunConfig(join(directory, RUN_FILES.config));
  } catch {
    // Not a run of this program.
    return null;
  }
}

function isWanted(directory: string, config: RunConfig, { settings, laterStages, finishedSince }: WantedRun): boolean {
  let recorded: RecordedRun;
  let isOver: boolean;
  try {
    recorded = readRecord(config, directory);
    const { epochs } = checkpointFolder(directory).newest().progress;
    isOver = epochs.length >= recorded.settings.recipe.epochs;
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
  if (isOver && (finishedSince === null || Date.parse(config.startedAt) < finishedSince.getTime())) return false;
  return isSameRun(recorded, settings, laterStages) && !isRunLocked(directory, lockFile);
}

/** Whether a run is that of these settings, or one of the stages that follow it. */
function isSameRun(
  { settings: found, laterStages: left, lengthened }: RecordedRun,
  wanted: RunSettings,
  laterStages: number,
): boolean {
  // One whose epochs would have been trained otherwise by the command is resumed by its name alone.
  if (lengthened.some(({ changesSchedule }) => changesSchedule)) return false;
  const stagesOn = laterStages - left;
  if (stagesOn < 0 || (wanted.stage === null && stagesOn > 0)) return false;
  if (stagesOn === 0) return isDeepStrictEqual(plain(runIdentity(found)), plain(runIdentity(wanted)));
  if (found.stage !== (wanted.stage ?? 0) + stagesOn) return false;
  return isDeepStrictEqual(plain(withoutStage(found)), plain(withoutStage(wanted)));
}

/** What the stages of one command have in common: values and model follow from the stage. */
function withoutStage(settings: RunSettings): object {
  const { stage: _, loadModelState: __, search, ...rest } = runIdentity(settings);
  return { ...rest, ...(search as object | null), values: null };
}

/** As it is after a way through JSON, which leaves out keys without a value. */
function plain(value: object): unknown {
  return JSON.parse(JSON.stringify(value));
}

/** When the process that started this one, a launcher perhaps, began; `null` where the system does not say. */
export function parentStart(): Date | null {
  try {
    const stat = readFileSync(`/proc/${process.ppid}/stat`, "utf8");
    // The name, in parentheses, may hold anything; the start time is the 22nd field, in hundredths of a second since
    // booting.
    const ticks = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]);
    const booted = Number(/^btime (\d+)$/m.exec(readFileSync("/proc/stat", "utf8"))?.[1]);
    const start = new Date((booted + ticks / 100) * 1000);
    return Number.isNaN(start.getTime()) ? null : start;
  } catch {
    return null;
  }
}
