import { setImmediate } from "node:timers/promises";
import type { TrainingRecipe } from "../config/training.js";
import { type BatchSource, batchCount, firstBatches, type PreparedBatch } from "../data/batch-source.js";
import { epochPermutation } from "../data/shuffle.js";
import type { BatchPlace, PassSums } from "../run/run-progress.js";
import type { Draw } from "../search/sample.js";
import { crossEntropy } from "../tensor/loss.js";
import { scope } from "../tensor/tensor.js";
import type { Trained } from "./checkpoint.js";
import { BufferCopy, DivergedError, gradientNorm, layerNorms, MAX_SKIPPED_IN_A_ROW, type OnNan } from "./divergence.js";
import { type Execution, inPrecision } from "./execution.js";
import { PassTotals, type Progress } from "./pass.js";
import { learningRate, noiseScaleOf, temperatureOf } from "./schedule.js";

/** What all epochs of a run share. */
export interface Training extends Trained {
  readonly source: BatchSource;
  readonly recipe: TrainingRecipe;
  /** Mean values instead of the most probable ones while training. */
  readonly soft: boolean;
  readonly seed: number;
  /** Batches of an epoch after which it ends early; `null` for all. */
  readonly limitBatches: number | null;
  readonly execution: Execution;
  readonly onNan: OnNan;
}

export interface EpochOptions {
  /** The sums of the pass where it is gone on with; `null` begins it. */
  readonly from: PassSums | null;
  /** Batches that no step is taken with. */
  readonly leftOut: readonly BatchPlace[];
  readonly onProgress: (progress: Progress) => void;
  /** Asked after every batch; true ends the pass there, to be gone on with from these sums. */
  readonly between: (sums: () => PassSums) => boolean;
}

/** Batches of one epoch (`batchCount`), the last one possibly smaller or an image larger. */
export function batchesPerEpoch({ source, recipe, limitBatches }: Omit<Training, "onNan">): number {
  return Math.min(batchCount(source.count, recipe.batchSize), limitBatches ?? Number.POSITIVE_INFINITY);
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
  const { network, source, recipe, seed, execution } = training;
  const { from, onProgress, between } = options;
  const batches = batchesPerEpoch(training);
  const first = from?.batch ?? 0;
  const totals = new PassTotals({ pass: "train", epoch: epoch + 1, batches }, execution, from);
  if (first >= batches) {
    totals.finish();
    return totals;
  }
  const order = firstBatches(epochPermutation(source.count, seed, epoch), recipe.batchSize, batches);
  const stream = source.open(order.subarray(first * recipe.batchSize), recipe.batchSize, { seed, epoch });
  const buffers = training.onNan === "skip" ? new BufferCopy(network) : null;
  const leftOut = new Set(options.leftOut.flatMap((place) => (place.epoch === epoch ? [place.batch] : [])));
  let skippedInARow = 0;

  try {
    for (let batch = first; batch < batches; batch++) {
      const asked = performance.now();
      const prepared = await stream.next();
      totals.wait(performance.now() - asked);
      if (prepared === null) break;
      totals.skip(prepared.skipped, prepared.count === 0);
      // An empty batch is done with, left out or not.
      if (prepared.count > 0 && leftOut.has(batch)) totals.skipStep();
      else if (prepared.count > 0) {
        const loss = trainStep(training, { epoch, batch, batches }, prepared, { totals, buffers });
        if (loss === null || Number.isFinite(loss)) skippedInARow = 0;
        else if (buffers === null) throw diverged(training, { epoch, batch }, loss);
        else {
          skippedInARow += 1;
          if (skippedInARow === MAX_SKIPPED_IN_A_ROW) throw diverged(training, { epoch, batch }, loss, skippedInARow);
        }
      }
      if (prepared.count > 0) onProgress(totals.progress);
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

interface StepPlace extends BatchPlace {
  readonly batches: number;
}

/**
 * Takes a step. Returns the loss, or `null` where a device keeps it. One that is no finite number was not stepped with; with
 * `buffers`, which are put back then, neither was a gradient that is not finite, for which NaN is returned.
 */
function trainStep(
  training: Training,
  { epoch, batch, batches }: StepPlace,
  prepared: PreparedBatch,
  { totals, buffers }: { readonly totals: PassTotals; readonly buffers: BufferCopy | null },
): number | null {
  const { network, sgd, recipe, execution } = training;
  return scope(() => {
    const asked = performance.now();
    const { images, labels } = prepared.tensors();
    totals.wait(performance.now() - asked);

    [...network.namedSearchedWeights()].forEach(([, weight], layer) => {
      weight.draw(drawOf(training, epoch, epoch * batches + batch, layer));
    });
    buffers?.take();
    const { logits, meanLoss } = inPrecision(execution, () => {
      const output = network.forward(images, "train");
      return { logits: output, meanLoss: crossEntropy(output, labels) };
    });
    const loss = execution.sumsOn === null ? meanLoss.item() : 0;
    if (!Number.isFinite(loss)) return notTaken(loss, totals, buffers);
    sgd.clearGradients();
    meanLoss.backward();
    if (buffers !== null && !Number.isFinite(gradientNorm(network))) {
      sgd.clearGradients();
      return notTaken(Number.NaN, totals, buffers);
    }
    sgd.step(learningRate(recipe, batches, epoch, batch));
    return totals.add(logits, labels, meanLoss);
  });
}

function notTaken(loss: number, totals: PassTotals, buffers: BufferCopy | null): number {
  buffers?.restore();
  totals.skipStep();
  return loss;
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

/** Every layer has noise of its own, and every step. */
function drawOf({ recipe, soft, seed }: Training, epoch: number, step: number, layer: number): Draw {
  return {
    temperature: temperatureOf(recipe, epoch),
    noiseScale: noiseScaleOf(recipe, epoch),
    seed: (BigInt(layer) << 32n) | BigInt(seed),
    step,
    hard: !soft,
  };
}
