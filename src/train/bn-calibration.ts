import { setImmediate } from "node:timers/promises";
import type { PreparedBatch } from "../data/batch-source.js";
import { resetStatistics } from "../nn/batch-norm.js";
import type { Module } from "../nn/module.js";
import { EVALUATION_DRAW } from "../search/sample.js";
import { noGrad } from "../tensor/autograd.js";
import { scope } from "../tensor/tensor.js";
import { type Execution, inPrecision } from "./execution.js";
import type { Together } from "./together.js";
import { epochBatches, readable, type Training } from "./train-epoch.js";

export interface CalibrationOptions {
  /** Batches, at most those of an epoch: there are no more. */
  readonly batches: number;
  /** Asked between two batches. */
  readonly shouldStop: () => boolean;
}

/** What of a training it takes: no optimizer, and of the recipe the batch size alone. */
export type CalibratedTraining = Pick<
  Training,
  "network" | "source" | "recipe" | "seed" | "limitBatches" | "execution" | "together"
>;

/**
 * Takes the running statistics of every batch normalization anew, with the weights that are evaluated: the best values, no noise. Over
 * the first B batches of the epoch's order, augmented as that epoch was trained on, and normalized by their own statistics,
 *
 *     running mean = 1/B Σ μ_b,   running variance = 1/B Σ σ²_b   (unbiased, as in training)
 *
 * as torch.optim.swa_utils.update_bn does; `num_batches_tracked` is B then. No gradients are kept, and nothing else changes. Batches
 * of which no image could be read do not count. Of several processes, whose batch statistics are not taken together, each looks at
 * its part of a batch, and the running ones are the mean of what they saw, as in training.
 *
 * @param epoch whose order is taken, counted from 0
 * @returns whether it came to its end; where `shouldStop` ended it, the statistics are of the batches until then
 */
export async function calibrateBatchNorms(
  training: CalibratedTraining,
  epoch: number,
  { batches, shouldStop }: CalibrationOptions,
): Promise<boolean> {
  const { network, source, seed, execution, together } = training;
  const { whole, own } = epochBatches(training, epoch, 0);
  for (const [, weight] of network.namedSearchedWeights()) weight.draw(EVALUATION_DRAW);
  resetStatistics(network);
  const stream = source.open(own, { seed, epoch });
  let used = 0;
  try {
    for (const { length } of whole) {
      const prepared = await stream.next();
      if (prepared === null) break;
      if (readable(training, prepared, length).images > 0) {
        forward(network, prepared, execution);
        if (++used === batches) break;
      }
      // As in training: output and messages of workers are handled.
      await setImmediate();
      if (isStopped(together, shouldStop)) return false;
    }
  } finally {
    stream.close();
  }
  together?.averageBuffers();
  return true;
}

function forward(network: Module, { tensors }: PreparedBatch, execution: Execution): void {
  scope(() => noGrad(() => inPrecision(execution, () => network.forward(tensors().images, "calibrate"))));
}

function isStopped(together: Together | null, shouldStop: () => boolean): boolean {
  return together === null ? shouldStop() : together.askToStop();
}
