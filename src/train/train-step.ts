import { isSoftEpoch, learningRate, noiseScaleOf, temperatureOf } from "../config/schedule.js";
import type { PreparedBatch } from "../data/batch-source.js";
import type { BatchPlace } from "../run/progress.js";
import { type Draw, EVALUATION_DRAW } from "../search/sample.js";
import { noGrad } from "../tensor/autograd.js";
import { full } from "../tensor/create.js";
import { crossEntropy } from "../tensor/loss.js";
import { scope, type Tensor } from "../tensor/tensor.js";
import { countCorrect } from "./accuracy.js";
import { type BufferCopy, gradientNorm } from "./divergence.js";
import { inPrecision } from "./execution.js";
import type { PassTotals } from "./pass.js";
import type { Together } from "./together.js";
import type { Training } from "./train-epoch.js";

/** Which step of a run this is. */
export interface StepPlace extends BatchPlace {
  /** Batches of the epoch. */
  readonly batches: number;
}

/** What a step trains on. */
export interface StepBatch {
  /** This process's part. */
  readonly prepared: PreparedBatch;
  /** Images of all parts. */
  readonly images: number;
}

/** Where a step leaves what it measured. */
export interface StepRecords {
  readonly totals: PassTotals;
  /** Buffers to put back where no step is taken; `null`: then the run ends. */
  readonly buffers: BufferCopy | null;
}

/** What the forward pass left. */
interface Forward {
  readonly logits: Tensor;
  readonly labels: Tensor;
  readonly meanLoss: Tensor;
}

/**
 * Takes a step. Returns the loss, of all processes' images, or `null` where a device keeps it. One that is no finite number was not
 * stepped with; with `buffers`, which are put back then, neither was a gradient that is not finite, for which NaN is returned.
 */
export function trainStep(training: Training, place: StepPlace, batch: StepBatch, records: StepRecords): number | null {
  const { network, recipe, execution, together } = training;
  const { epoch, batch: number, batches } = place;
  return scope(() => {
    const asked = performance.now();
    const { images, labels } = batch.prepared.tensors();
    records.totals.wait(performance.now() - asked);

    records.buffers?.take();
    const twoStates = training.stateBn && isSoftEpoch(recipe, training.soft, epoch);
    if (twoStates) observeHardState(training, images);
    [...network.namedSearchedWeights()].forEach(([, weight], layer) => {
      weight.draw(drawOf(training, epoch, epoch * batches + number, layer));
    });
    const forward = inPrecision(execution, () => {
      // Hard weights are those evaluated: it is their statistics that move.
      const logits = network.forward(images, training.stateBn && !twoStates ? "observe" : "train");
      return { logits, labels, meanLoss: crossEntropy(logits, labels, recipe) };
    });
    return together === null
      ? stepAlone(training, place, forward, records)
      : stepTogether(training, together, place, { ...forward, share: batch.prepared.count / batch.images }, records);
  });
}

/**
 * Moves the running statistics that evaluation takes, by a forward pass of the step's images with the best values of its logits. Before the
 * step's own draw: a backward pass wants the weights that it went forward with.
 */
function observeHardState({ network, execution }: Training, images: Tensor): void {
  for (const [, weight] of network.namedSearchedWeights()) weight.draw(EVALUATION_DRAW);
  scope(() => noGrad(() => void inPrecision(execution, () => network.forward(images, "observe"))));
}

function stepAlone(
  { network, sgd, recipe, execution }: Training,
  { epoch, batch, batches }: StepPlace,
  { logits, labels, meanLoss }: Forward,
  { totals, buffers }: StepRecords,
): number | null {
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
}

/**
 * The same step, of which this process computes a share: the loss is the mean over all images, so each process's mean counts by its
 * share of them, and gradients add up. What the step measured travels while the backward pass computes; whether the loss is a number
 * is known only then, before anything is changed.
 */
function stepTogether(
  { network, sgd, recipe }: Training,
  together: Together,
  { epoch, batch, batches }: StepPlace,
  { logits, labels, meanLoss, share }: Forward & { readonly share: number },
  { totals, buffers }: StepRecords,
): number {
  const [images = 0] = labels.shape;
  const exchanged = together.startExchange({
    ...countCorrect(logits, labels),
    loss: meanLoss.item() * images,
    images,
  });
  sgd.clearGradients();
  const seed = full([], share);
  seed.moveTo(meanLoss.device);
  together.reduceGradients(() => meanLoss.backward(seed));
  const sums = exchanged();
  const loss = sums.loss / sums.images;
  const isWhole = Number.isFinite(loss) && (buffers === null || Number.isFinite(gradientNorm(network)));
  if (!isWhole) {
    if (buffers !== null) sgd.clearGradients();
    return notTaken(Number.isFinite(loss) ? Number.NaN : loss, totals, buffers);
  }
  sgd.step(learningRate(recipe, batches, epoch, batch));
  return totals.addSums(sums);
}

function notTaken(loss: number, totals: PassTotals, buffers: BufferCopy | null): number {
  buffers?.restore();
  totals.skipStep();
  return loss;
}

/** Every layer has noise of its own, and every step. */
function drawOf({ recipe, soft, seed }: Training, epoch: number, step: number, layer: number): Draw {
  return {
    temperature: temperatureOf(recipe, epoch),
    noiseScale: noiseScaleOf(recipe, epoch),
    seed: (BigInt(layer) << 32n) | BigInt(seed),
    step,
    hard: !isSoftEpoch(recipe, soft, epoch),
  };
}
