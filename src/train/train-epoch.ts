import { setImmediate } from "node:timers/promises";
import type { TrainingRecipe } from "../config/training.js";
import { type BatchSource, batchCount, firstBatches } from "../data/batch-source.js";
import { epochPermutation } from "../data/shuffle.js";
import type { Module } from "../nn/module.js";
import type { Sgd } from "../optim/sgd.js";
import type { PassMetrics } from "../run/metrics-jsonl.js";
import type { Draw } from "../search/sample.js";
import { crossEntropy } from "../tensor/loss.js";
import { scope } from "../tensor/tensor.js";
import { type Execution, inPrecision } from "./execution.js";
import { PassTotals, type Progress } from "./pass.js";
import { learningRate, noiseScaleOf, temperatureOf } from "./schedule.js";

/** What all epochs of a run share. */
export interface Training {
  readonly network: Module;
  readonly sgd: Sgd;
  readonly source: BatchSource;
  readonly recipe: TrainingRecipe;
  /** Mean values instead of the most probable ones while training. */
  readonly soft: boolean;
  readonly seed: number;
  /** Batches of an epoch after which it ends early; `null` for all. */
  readonly limitBatches: number | null;
  readonly execution: Execution;
}

export interface TrainedEpoch {
  readonly metrics: PassMetrics;
  readonly images: number;
  /** Images that could not be read and were left out. */
  readonly skipped: number;
  readonly seconds: number;
  /** Of those, the seconds spent waiting for batches and making them. */
  readonly dataWaitSeconds: number;
}

/** The loss stopped being a number: the run cannot go on. */
export class DivergedError extends Error {
  override readonly name = "DivergedError";
}

/** Batches of one epoch (`batchCount`), the last one possibly smaller or an image larger. */
export function batchesPerEpoch({ source, recipe, limitBatches }: Training): number {
  return Math.min(batchCount(source.count, recipe.batchSize), limitBatches ?? Number.POSITIVE_INFINITY);
}

/**
 * One pass over the shuffled training images: draw the searched weights, forward, loss, backward, SGD.
 * @param epoch counted from 0
 * @throws DivergedError when a loss is NaN or infinite; where a device keeps the sums, when they are read next, at the
 *   latest at the end of the epoch
 */
export async function trainEpoch(
  training: Training,
  epoch: number,
  onProgress: (progress: Progress) => void,
): Promise<TrainedEpoch> {
  const { network, sgd, source, recipe, seed, execution } = training;
  const searched = [...network.namedSearchedWeights()].map(([, weight]) => weight);
  const order = epochPermutation(source.count, seed, epoch);
  const batches = batchesPerEpoch(training);
  const totals = new PassTotals({ pass: "train", epoch: epoch + 1, batches }, execution);
  const visited = firstBatches(order, recipe.batchSize, batches);
  const stream = source.open(visited, recipe.batchSize, { seed, epoch });
  let dataWaitMs = 0;

  for (let batch = 0; batch < batches; batch++) {
    const step = epoch * batches + batch;
    const asked = performance.now();
    const prepared = await stream.next();
    dataWaitMs += performance.now() - asked;
    if (prepared === null) break;
    totals.skip(prepared.skipped, prepared.count === 0);
    if (prepared.count === 0) continue;
    const loss = scope(() => {
      const ready = performance.now();
      const { images, labels } = prepared.tensors();
      dataWaitMs += performance.now() - ready;

      searched.forEach((weight, layer) => {
        weight.draw(drawOf(training, epoch, step, layer));
      });
      const { logits, meanLoss } = inPrecision(execution, () => {
        const output = network.forward(images, "train");
        return { logits: output, meanLoss: crossEntropy(output, labels) };
      });
      sgd.clearGradients();
      meanLoss.backward();
      sgd.step(learningRate(recipe, batches, epoch, batch));
      return totals.add(logits, labels, meanLoss);
    });
    if (loss !== null && !Number.isFinite(loss)) {
      stream.close();
      throw diverged(training, epoch, batch, loss);
    }
    onProgress(totals.progress);
    // Lets signals and output be handled: the step itself blocks the process.
    await setImmediate();
  }
  const rest = totals.finish();
  if (rest !== null && !Number.isFinite(rest)) throw diverged(training, epoch, batches - 1, rest);
  const { metrics, images, skipped, seconds } = totals;
  return { metrics, images, skipped, seconds, dataWaitSeconds: dataWaitMs / 1000 };
}

function diverged({ execution }: Training, epoch: number, batch: number, loss: number): DivergedError {
  const when = execution.sumsOn === null ? `batch ${batch + 1}` : `batch ${batch + 1} or before`;
  return new DivergedError(
    `epoch ${epoch + 1}, ${when}: the training loss is ${loss}; a smaller init_lr or temperature annealing may help`,
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
