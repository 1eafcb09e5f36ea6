import { InputError } from "../text/errors.js";
import { JsonFields } from "../text/json-fields.js";
import { type EpochMetrics, epochMetrics } from "./metrics-jsonl.js";

/** The sums of a training pass that is under way. */
export interface PassSums {
  /** Batches done, those left out included. */
  readonly batch: number;
  /** Over the images: the sum of losses, and how many were right. */
  readonly loss: number;
  readonly top1: number;
  readonly top5: number;
  readonly images: number;
  /** Images that could not be read and were left out. */
  readonly skippedImages: number;
  /** Steps that were not taken, since loss or gradient was no finite number. */
  readonly skippedSteps: number;
  readonly seconds: number;
  /** Of those, the seconds spent waiting for batches and making them. */
  readonly dataWaitSeconds: number;
}

/** A batch by its numbers, both counted from 0. */
export interface BatchPlace {
  readonly epoch: number;
  readonly batch: number;
}

/**
 * Where a run stands between two steps. With the tensors that training changes, and the run's settings, it determines the
 * rest: the order of images, their crops and flips, and the noise of the search are functions of the seed and of the
 * position, so there is no state of random generators.
 */
export interface RunProgress {
  /** What the epochs that are over measured, the first one first. */
  readonly epochs: readonly EpochMetrics[];
  /** The next epoch's training pass where it has begun; `null` between two epochs. */
  readonly pass: PassSums | null;
  /** Batches that are not trained on again, since they led to a loss that is no number (`--on-nan rollback`). */
  readonly leftOut: readonly BatchPlace[];
}

/** A run before its first step. */
export const BEGINNING: RunProgress = { epochs: [], pass: null, leftOut: [] };

/** How far a run is, in words: "epoch 3, batch 17", "the end of epoch 2", "the beginning". */
export function progressText(progress: RunProgress | RunPlace): string {
  const epochs = progress.epochs.length;
  const batch = "batch" in progress ? progress.batch : (progress.pass?.batch ?? 0);
  if (batch > 0) return `epoch ${epochs + 1}, batch ${batch}`;
  return epochs === 0 ? "the beginning" : `the end of epoch ${epochs}`;
}

/** The epochs that are over, and the batches of the next one that are done. */
export interface RunPlace {
  readonly epochs: readonly EpochMetrics[];
  readonly batch: number;
}

/** Takes progress out of its JSON. Throws InputError naming the key, what was expected and what was found. */
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
