import { setImmediate } from "node:timers/promises";
import { resetStatistics } from "../nn/batch-norm.js";
import { EVALUATION_DRAW } from "../search/sample.js";
import { noGrad } from "../tensor/autograd.js";
import { scope } from "../tensor/tensor.js";
import type { TrainingBatch } from "./epoch-batches.js";
import { inPrecision } from "./execution.js";
import type { TrainingRun } from "./training-run.js";

/** What of a run it needs: no optimizer, and of the config only what its batches follow from. */
export type CalibratedRun = Pick<TrainingRun, "network" | "batches" | "execution" | "ranks">;

/**
 * Recalibrates the running statistics of every batch normalization, with the weights that are evaluated: hard ones, no
 * noise. Over the first B batches of the epoch's order, augmented as that epoch was trained on, and normalized by their
 * own statistics,
 *
 *     running mean = 1/B Σ μ_b,   running variance = 1/B Σ σ²_b   (unbiased, as in training)
 *
 * as torch.optim.swa_utils.update_bn does; `num_batches_tracked` is B then. No gradients are kept, and nothing else
 * changes. Batches without readable images do not count. Without synchronized statistics each of several ranks uses its
 * share of a batch, and the running statistics are averaged over the ranks, as in training.
 *
 * @param epoch whose order is taken, counted from 0
 * @param max batches, at most those of an epoch: there are no more
 * @returns whether it finished; after a stop request, the statistics are of the batches until then
 */
export async function calibrateBatchNorms(run: CalibratedRun, epoch: number, max: number): Promise<boolean> {
  const { network, batches, ranks } = run;
  for (const [, weight] of network.namedSearchedWeights()) weight.draw(EVALUATION_DRAW);
  resetStatistics(network);
  const stream = batches.open(epoch, 0);
  let used = 0;
  try {
    for (let batch = 0; batch < batches.count; batch++) {
      const next = await stream.next();
      if (next === null) break;
      if (next.images > 0) {
        forward(run, next);
        if (++used === max) break;
      }
      // As in training: output and messages of workers are handled.
      await setImmediate();
      if (ranks.agreeToStop()) return false;
    }
  } finally {
    stream.close();
  }
  ranks.averageBuffers();
  return true;
}

function forward({ network, execution }: CalibratedRun, { prepared }: TrainingBatch): void {
  scope(() => noGrad(() => inPrecision(execution, () => network.forward(prepared.tensors().images, "calibrate"))));
}
