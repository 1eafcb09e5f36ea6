import { InputError } from "../text/errors.js";
import { JsonFields } from "../text/json-fields.js";
import { type EpochMetrics, epochMetrics } from "./metrics-jsonl.js";

/** The sums of a training epoch in progress. */
export interface PassSums {
  /** Batches done, including skipped ones. */
  readonly batch: number;
  /** Sums over the images: losses, and correct predictions. */
  readonly loss: number;
  readonly top1: number;
  readonly top5: number;
  readonly images: number;
  /** Unreadable images that were skipped. */
  readonly skippedImages: number;
  /** Steps skipped because loss or gradient was not finite. */
  readonly skippedSteps: number;
  readonly seconds: number;
  /** The part of them spent waiting for batches and creating them. */
  readonly dataWaitSeconds: number;
}

/** A batch by its numbers, both counted from 0. */
export interface BatchPlace {
  readonly epoch: number;
  readonly batch: number;
}

/**
 * The progress of a run between two steps. Together with the training state and the settings it determines the rest of
 * the run: the order of images, their crops and flips, and the noise of the search are functions of the seed and of the
 * position, so there is no state of random generators.
 */
export interface RunProgress {
  /** Metrics of the completed epochs, in order. */
  readonly epochs: readonly EpochMetrics[];
  /** The current epoch's training, if it has begun; `null` between two epochs. */
  readonly pass: PassSums | null;
  /** Batches excluded from training after a NaN or infinite loss (`--on-nan rollback`). */
  readonly leftOut: readonly BatchPlace[];
}

/** A run before its first step. */
export const BEGINNING: RunProgress = { epochs: [], pass: null, leftOut: [] };

/** Formats a run's progress: "epoch 3, batch 17", "the end of epoch 2", "the beginning". */
export function progressText(progress: RunProgress | RunPlace): string {
  const epochs = progress.epochs.length;
  const batch = "batch" in progress ? progress.batch : (progress.pass?.batch ?? 0);
  if (batch > 0) return `epoch ${epochs + 1}, batch ${batch}`;
  return epochs === 0 ? "the beginning" : `the end of epoch ${epochs}`;
}

/** The completed epochs, and the completed batches of the next one. */
export interface RunPlace {
  readonly epochs: readonly EpochMetrics[];
  readonly batch: number;
}

/** Parses a run's progress. Throws InputError naming the key, what was expected and what was found. */
export function parseProgress(fields: JsonFields, where: string): RunProgress {
  const epochs = fields.list("epochs").map((value, index) => {
    const metrics = epochMetrics(new JsonFields(value, `${where}: epochs[${index}]`));
    if (metrics.epoch === index + 1) return metrics;
    throw new InputError(`${where}: epochs[${index}]: epoch: expected ${index + 1}, found ${metrics.epoch}`);
  });
  const pass = fields.objectOrNull("pass");
  const leftOut = fields.list("leftOut").map((value, index) => {
    const place = new JsonFields(value, `${where}: leftOut[${index}]`);
    return { epoch: place.integer("epoch", 0), batch: place.integer("batch", 0) };
  });
  return { epochs, pass: pass && parseSums(pass), leftOut };
}

function parseSums(fields: JsonFields): PassSums {
  return {
    batch: fields.integer("batch", 1),
    loss: fields.number("loss"),
    top1: fields.integer("top1", 0),
    top5: fields.integer("top5", 0),
    images: fields.integer("images", 0),
    skippedImages: fields.integer("skippedImages", 0),
    skippedSteps: fields.integer("skippedSteps", 0),
    seconds: fields.nonNegative("seconds"),
    dataWaitSeconds: fields.nonNegative("dataWaitSeconds"),
  };
}
