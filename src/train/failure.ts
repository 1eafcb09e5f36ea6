import { rmSync } from "node:fs";
import { explainLostContact } from "../distributed/failure.js";
import { isCommunicationError } from "../distributed/process-group.js";
import type { RunProgress } from "../run/progress.js";
import type { RunSettings } from "../run/settings.js";
import { InputError } from "../text/errors.js";
import { checkpointFolder } from "./run-checkpoints.js";
import type { StartedRun } from "./start-run.js";

/** A run that an error ended, which can be resumed where it has a directory. */
export class RunFailure extends Error {
  override readonly name = "RunFailure";
  override readonly cause: Error;
  readonly settings: RunSettings;
  /** The run's directory; `null` when nothing is saved, and on ranks that do not save it. */
  readonly directory: string | null;
  /** Where its last good checkpoint is; `null` where none can be read. */
  readonly checkpoint: RunProgress | null;
  /** Whether this process reports what all of them found. */
  readonly isLeader: boolean;

  constructor(cause: Error, settings: RunSettings, directory: string | null, isLeader: boolean) {
    super(cause.message);
    this.cause = cause;
    this.settings = settings;
    this.directory = directory;
    this.checkpoint = directory === null ? null : lastCheckpoint(directory);
    this.isLeader = isLeader;
  }
}

/** The error of a failed run for the caller. A new run that failed from its first step on is removed. */
export function runFailure(error: unknown, settings: RunSettings, run: StartedRun): unknown {
  const { directory, isNew, ranks } = run;
  const { group } = ranks;
  const cause = isCommunicationError(error) ? explainLostContact(group, error) : error;
  if (!(cause instanceof Error)) return cause;
  if (directory !== null && isNew && isHopeless(cause, directory)) {
    rmSync(directory, { recursive: true });
    return cause;
  }
  return new RunFailure(cause, settings, directory, group.isLeader);
}

/** Whether bad input made the run fail from its first step on, so that there is nothing to resume. */
function isHopeless(error: Error, directory: string): boolean {
  // A system error, such as a full disk, is the cause of such an error, and can be fixed.
  if (!(error instanceof InputError) || error.cause !== undefined) return false;
  const checkpoint = lastCheckpoint(directory);
  return checkpoint !== null && checkpoint.epochs.length === 0 && checkpoint.pass === null;
}

function lastCheckpoint(directory: string): RunProgress | null {
  try {
    return checkpointFolder(directory).newest().progress;
  } catch {
    return null;
  }
}
