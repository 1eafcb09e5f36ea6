import { LostContactError } from "../../distributed/failure.js";
import { progressText } from "../../run/progress.js";
import type { RunSettings } from "../../run/settings.js";
import { InputError } from "../../text/errors.js";
import { textTable } from "../../text/table.js";
import { DivergedError, type LayerNorm } from "../../train/divergence.js";
import { RunFailure } from "../../train/failure.js";
import { isOutOfMemory } from "../../train/out-of-memory.js";
import { resumeCommand } from "./resume-command.js";

/**
 * Explains an error that ended a run: adds what to do about it and how to resume the run. Layer norms of a diverged run
 * are printed on standard error. Any other error is returned unchanged.
 */
export function explainFailure(error: unknown): unknown {
  if (!(error instanceof RunFailure)) return error;
  const { cause, settings, directory, isLeader } = error;
  const rest = directory === null ? "" : `; ${lastCheckpoint(error, directory)}`;
  if (cause instanceof DivergedError) {
    if (isLeader) process.stderr.write(`${normsTable(cause.layers)}\n`);
    const others =
      settings.onNan === "stop" && directory !== null ? " (--on-nan skip or rollback leaves such batches out)" : "";
    return new Error(cause.message + others + rest, { cause });
  }
  if (cause instanceof LostContactError) return new LostContactError(cause.message + rest, { cause });
  if (isOutOfMemory(cause)) return new Error(`${outOfMemory(settings)}: ${firstLine(cause.message)}${rest}`, { cause });
  return cause instanceof InputError ? new InputError(cause.message + rest, { cause }) : cause;
}

function lastCheckpoint({ checkpoint }: RunFailure, directory: string): string {
  return checkpoint === null
    ? `once that is mended: ${resumeCommand(directory)}`
    : `the last good checkpoint is that of ${progressText(checkpoint)}: ${resumeCommand(directory)}`;
}

function outOfMemory({ recipe, workers, search }: RunSettings): string {
  // A set of two values is the smallest.
  const values =
    search === null || search.values.length === 2 ? "" : `, a smaller value set than ${search.values.length} values`;
  return `out of memory: lower --batch-size (now ${recipe.batchSize})${values} or --workers (now ${workers})`;
}

/** Lists every trained tensor with its norm and that of its last gradient; non-finite ones are marked. */
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
