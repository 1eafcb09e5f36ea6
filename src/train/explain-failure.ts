import { rmSync } from "node:fs";
import { LostContactError } from "../distributed/failure.js";
import { progressText } from "../run/progress.js";
import { resumeCommand } from "../run/resume-command.js";
import { StoppedBySignal } from "../system/signals.js";
import { InputError } from "../text/errors.js";
import { textTable } from "../text/table.js";
import { DivergedError, type LayerNorm } from "./divergence.js";
import { isOutOfMemory } from "./out-of-memory.js";
import { checkpointFolder } from "./run-checkpoints.js";
import type { TrainSettings } from "./settings.js";

/** The run that failed. */
interface FailedRun {
  /** `null` when nothing is saved. */
  readonly directory: string | null;
  readonly isNew: boolean;
  /** Whether this process is the one that tells the user of what all of them found. */
  readonly isLeader: boolean;
}

/**
 * An error that ended a run, as the user is to read it: with what to do about it, and how the run is gone on with. Layer norms of a
 * run that diverged are printed on standard error. A new run that was hopeless from its first step on is removed.
 */
export function explainFailure(
  error: unknown,
  settings: TrainSettings,
  { directory, isNew, isLeader }: FailedRun,
): unknown {
  if (!(error instanceof Error) || error instanceof StoppedBySignal) return error;
  if (directory !== null && isNew && isHopeless(error, directory)) {
    rmSync(directory, { recursive: true });
    return error;
  }
  const rest = directory === null ? "" : `; ${lastCheckpoint(directory)}`;
  if (error instanceof DivergedError) {
    if (isLeader) process.stderr.write(`${normsTable(error.layers)}\n`);
    const others =
      settings.onNan === "stop" && directory !== null ? " (--on-nan skip or rollback leaves such batches out)" : "";
    return new Error(error.message + others + rest, { cause: error });
  }
  if (error instanceof LostContactError) return new LostContactError(error.message + rest, { cause: error });
  if (isOutOfMemory(error))
    return new Error(`${outOfMemory(settings)}: ${firstLine(error.message)}${rest}`, { cause: error });
  return error instanceof InputError ? new InputError(error.message + rest, { cause: error }) : error;
}

/** Whether what the user gave was wrong from the first step on, so that there is no run to go on with. */
function isHopeless(error: Error, directory: string): boolean {
  // What the system refused, a full disk say, is the cause of such an error, and can be mended.
  if (!(error instanceof InputError) || error.cause !== undefined) return false;
  try {
    const { epochs, pass } = checkpointFolder(directory).newest().progress;
    return epochs.length === 0 && pass === null;
  } catch {
    return false;
  }
}

function lastCheckpoint(directory: string): string {
  try {
    const { progress } = checkpointFolder(directory).newest();
    return `the last good checkpoint is that of ${progressText(progress)}: ${resumeCommand(directory)}`;
  } catch {
    return `once that is mended: ${resumeCommand(directory)}`;
  }
}

function outOfMemory({ recipe, workers, search }: TrainSettings): string {
  // A set of two values is the smallest.
  const values =
    search === null || search.values.length === 2 ? "" : `, a smaller value set than ${search.values.length} values`;
  return `out of memory: lower --batch-size (now ${recipe.batchSize})${values} or --workers (now ${workers})`;
}

/** Every trained tensor with its norm and that of its last gradient; what is not finite is marked. */
function normsTable(layers: readonly LayerNorm[]): string {
  const number = (value: number | null) => (value === null ? "–" : value.toPrecision(4));
  return textTable({
    columns: [
      { title: "trained tensor", align: "left" },
      { title: "norm", align: "right" },
      { title: "gradient norm, last step", align: "right" },
      { title: "", align: "left" },
    ],
    rows: layers.map(({ name, value, gradient }) => [
      name,
      number(value),
      number(gradient),
      Number.isFinite(value) && Number.isFinite(gradient ?? 0) ? "" : "not finite",
    ]),
  });
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}
