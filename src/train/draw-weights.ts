import { isSoftEpoch, noiseScaleOf, temperatureOf } from "../config/schedule.js";
import { hash64 } from "../data/prng.js";
import type { BatchPlace } from "../run/progress.js";
import { EVALUATION_DRAW } from "../search/sample.js";
import { noGrad } from "../tensor/autograd.js";
import { manualSeed } from "../tensor/runtime.js";
import { scope, type Tensor } from "../tensor/tensor.js";
import type { AccumulationPlace } from "./accumulation.js";
import { inPrecision } from "./execution.js";
import type { TrainingRun } from "./training-run.js";

/** Begins the keys of masks, which no image and no order of images shares. */
const MASKS = -1;

/** Which step of a run it is; all counted from 0. */
export interface StepPlace extends BatchPlace {
  /** Batches of the epoch. */
  readonly batches: number;
  /** Where it stands among the batches of its step, all of which have the same weights. */
  readonly accumulation: AccumulationPlace;
}

/**
 * Draws every searched weight for a step; every layer has noise of its own, and every step. Returns the mode of its
 * forward pass.
 */
export function drawWeights(
  run: TrainingRun,
  { epoch, batch, batches, accumulation }: StepPlace,
  images: Tensor,
): "train" | "observe" {
  const { network, config, soft, stateBn, seed } = run;
  seedMasks(run, epoch * batches + batch);
  const hard = !isSoftEpoch(config, soft, epoch);
  if (stateBn && !hard) observeHardWeights(run, images);
  const draw = { temperature: temperatureOf(config, epoch), noiseScale: noiseScaleOf(config, epoch), hard };
  [...network.namedSearchedWeights()].forEach(([, weight], layer) => {
    weight.draw({ ...draw, seed: (BigInt(layer) << 32n) | BigInt(seed), step: epoch * batches + accumulation.first });
  });
  // Hard weights are those evaluated: it is their statistics that move.
  return stateBn && hard ? "observe" : "train";
}

/** Seeds LibTorch's generator from the run's seed, the step and the rank: masks do not depend on the steps before. */
function seedMasks({ seed, ranks }: TrainingRun, step: number): void {
  manualSeed(Number(hash64([MASKS, seed, step, ranks.group.rank]) >> 11n));
}

/**
 * Moves evaluation's running statistics by a forward pass with hard weights. Before the step's own draw, which backward
 * needs.
 */
function observeHardWeights({ network, execution }: TrainingRun, images: Tensor): void {
  for (const [, weight] of network.namedSearchedWeights()) weight.draw(EVALUATION_DRAW);
  scope(() => noGrad(() => void inPrecision(execution, () => network.forward(images, "observe"))));
}
