import { setImmediate } from "node:timers/promises";
import type { TrainingRecipe } from "../config/training.js";
import { type BatchSource, batchCount, batchesOf, firstBatches, type PreparedBatch } from "../data/batch-source.js";
import { epochPermutation } from "../data/shuffle.js";
import type { BatchPlace, PassSums } from "../run/progress.js";
import { InputError } from "../text/errors.js";
import type { Trained } from "./checkpoint.js";
import { BufferCopy, DivergedError, layerNorms, MAX_SKIPPED_IN_A_ROW, type OnNan } from "./divergence.js";
import type { Execution } from "./execution.js";
import { PassTotals, type Progress } from "./pass.js";
import type { Together } from "./together.js";
import { trainStep } from "./train-step.js";

/** What all epochs of a run share. */
export interface Training extends Trained {
  readonly source: BatchSource;
  readonly recipe: TrainingRecipe;
  /** Mean values instead of the most probable ones while training. */
  readonly soft: boolean;
  /** Whether the best values have running batch statistics of their own (`keepSoftStatistics`), which a second forward pass moves. */
  readonly stateBn: boolean;
  readonly seed: number;
  /** Batches of an epoch after which it ends early; `null` for all. */
  readonly limitBatches: number | null;
  readonly execution: Execution;
  readonly onNan: OnNan;
  /** The processes that share in every batch; `null`: this one alone. */
  readonly together: Together | null;
}

/** What the batches of an epoch follow from, but for their order. */
export type EpochShape = Pick<Training, "source" | "recipe" | "limitBatches" | "together">;

export interface EpochOptions {
  /** The sums of the pass where it is gone on with; `null` begins it. */
  readonly from: PassSums | null;
  /** Batches that no step is taken with. */
  readonly leftOut: readonly BatchPlace[];
  readonly onProgress: (progress: Progress) => void;
  /** Asked after every batch; true ends the pass there, to be gone on with from these sums. */
  readonly between: (sums: () => PassSums) => boolean;
}

/** Batches of one epoch (`batchCount`), the last one possibly smaller or a little larger. */
export function batchesPerEpoch({ source, recipe, limitBatches, together }: EpochShape): number {
  const all = batchCount(source.count, recipe.batchSize, together?.group.size);
  return Math.min(all, limitBatches ?? Number.POSITIVE_INFINITY);
}

/** Throws InputError where a batch, or all images, would leave one of so many processes without an image. */
export function checkShares({ source, recipe }: Pick<Training, "source" | "recipe">, processes: number): void {
  const [what, found] =
    recipe.batchSize < processes ? ["batch_size", recipe.batchSize] : ["training images", source.count];
  if (found >= processes) return;
  throw new InputError(`${what}: expected at least one for each of ${processes} processes, found ${found}`);
}

/** The batches of an epoch from one on, as positions of images: all of them, and this process's part of each. */
export function epochBatches(training: EpochShape & Pick<Training, "seed">, epoch: number, first: number) {
  const { source, recipe, seed, together } = training;
  const processes = together?.group.size;
  const order = epochPermutation(source.count, seed, epoch);
  const used = firstBatches(order, recipe.batchSize, batchesPerEpoch(training), processes);
  const whole = [...batchesOf(used, recipe.batchSize, processes)].slice(first);
  return { whole, own: together === null ? whole : whole.map((batch) => together.share(batch)) };
}

/**
 * One pass over the shuffled training images: draw the searched weights, forward, loss, backward, SGD. What a step computes
 * follows from the network, its momenta and the step's place alone, so a pass gone on with computes what an undisturbed one does.
 * @param epoch counted from 0
 * @returns the pass's totals; `null` when `between` ended it
 * @throws DivergedError when a loss is NaN or infinite, before a step is taken with it; where a device keeps the sums, when they
 *   are read next, at the latest at the end of the epoch
 */
export async function trainEpoch(training: Training, epoch: number, options: EpochOptions): Promise<PassTotals | null> {
  const { network, source, seed, execution } = training;
  const { from, onProgress, between } = options;
  const batches = batchesPerEpoch(training);
  const first = from?.batch ?? 0;
  const totals = new PassTotals({ pass: "train", epoch: epoch + 1, batches }, execution, from);
  if (first >= batches) {
    totals.finish();
    return totals;
  }
  const { whole, own } = epochBatches(training, epoch, first);
  const stream = source.open(own, { seed, epoch });
  const buffers = training.onNan === "skip" ? new BufferCopy(network) : null;
  const leftOut = new Set(options.leftOut.flatMap((place) => (place.epoch === epoch ? [place.batch] : [])));
  let skippedInARow = 0;

  try {
    for (let batch = first; batch < batches; batch++) {
      const asked = performance.now();
      const prepared = await stream.next();
      totals.wait(performance.now() - asked);
      if (prepared === null) break;
      const { images, skipped } = readable(training, prepared, whole[batch - first]?.length ?? 0);
      totals.skip(skipped, images === 0);
      // An empty batch is done with, left out or not.
      if (images > 0 && leftOut.has(batch)) totals.skipStep();
      else if (images > 0) {
        const loss = trainStep(training, { epoch, batch, batches }, { prepared, images }, { totals, buffers });
        if (loss === null || Number.isFinite(loss)) skippedInARow = 0;
        else if (buffers === null) throw diverged(training, { epoch, batch }, loss);
        else {
          skippedInARow += 1;
          if (skippedInARow === MAX_SKIPPED_IN_A_ROW) throw diverged(training, { epoch, batch }, loss, skippedInARow);
        }
      }
      if (images > 0) onProgress(totals.progress);
      // Lets output and messages of workers be handled: the step itself blocks the process.
      await setImmediate();
      if (between(() => totals.sums)) {
        totals.finish();
        return null;
      }
    }
  } finally {
    stream.close();
    buffers?.release();
  }
  const rest = totals.finish();
  if (rest !== null && !Number.isFinite(rest)) throw diverged(training, { epoch, batch: batches - 1 }, rest);
  return totals;
}

/**
 * How many images of a batch could be read, by all processes together, and how many not. Where one process has none, the batch is left
 * out by all: it could not take part in the step.
 */
export function readable(
  { source, together }: Pick<Training, "source" | "together">,
  { count, skipped }: PreparedBatch,
  whole: number,
): { images: number; skipped: number } {
  if (together === null) return { images: count, skipped };
  if (!source.mayLeaveOut) return { images: whole, skipped: 0 };
  const [images = 0, empty = 0] = together.sum([count, count === 0 ? 1 : 0]);
  return empty > 0 ? { images: 0, skipped: whole } : { images, skipped: whole - images };
}

function diverged(training: Training, place: BatchPlace, loss: number, inARow = 0): DivergedError {
  const { epoch, batch } = place;
  const when = training.execution.sumsOn === null ? `batch ${batch + 1}` : `batch ${batch + 1} or before`;
  const step = epoch * batchesPerEpoch(training) + batch + 1;
  const often =
    inARow > 0 ? `loss or gradient of ${inARow} batches in a row is not finite` : `the training loss is ${loss}`;
  return new DivergedError(
    `epoch ${epoch + 1}, ${when} (step ${step}): ${often}; a smaller init_lr or temperature annealing may help`,
    place,
    layerNorms(training.network),
  );
}
