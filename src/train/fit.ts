import type { TrainingRecipe } from "../config/training.js";
import type { BatchSource } from "../data/batch-source.js";
import type { Module } from "../nn/module.js";
import { Sgd } from "../optim/sgd.js";
import type { EpochMetrics } from "../run/metrics-jsonl.js";
import { evaluate } from "./evaluate.js";
import type { Execution } from "./execution.js";
import type { Progress } from "./pass.js";
import { learningRate, noiseScaleOf, temperatureOf } from "./schedule.js";
import { batchesPerEpoch, type Training, trainEpoch } from "./train-epoch.js";

export interface FitOptions {
  readonly network: Module;
  readonly train: BatchSource;
  readonly val: BatchSource;
  readonly recipe: TrainingRecipe;
  /** Train with mean values instead of the most probable ones. */
  readonly soft: boolean;
  /** 0 … 2³² − 1: the order of images, crops and flips, and the noise of the search. */
  readonly seed: number;
  /** Batches of each pass after which it ends early; `null` for all. */
  readonly limitBatches: number | null;
  readonly execution: Execution;
  readonly onProgress: (progress: Progress) => void;
  readonly onEpoch: (metrics: EpochMetrics) => void;
}

/**
 * Trains a network as the recipe says, evaluating it after each epoch with its best values.
 * @throws DivergedError when a training loss is NaN or infinite
 */
export async function fit(options: FitOptions): Promise<void> {
  const { network, recipe, soft, seed, limitBatches, execution, onProgress, onEpoch } = options;
  const parameters = [...network.namedParameters()].map(([, parameter]) => parameter);
  const searched = [...network.namedSearchedWeights()].map(([, weight]) => weight);
  const training: Training = {
    network,
    sgd: new Sgd(parameters, searched, { momentum: recipe.momentum, weightDecay: recipe.weightDecay }),
    source: options.train,
    recipe,
    soft,
    seed,
    limitBatches,
    execution,
  };
  const batches = batchesPerEpoch(training);

  for (let epoch = 0; epoch < recipe.epochs; epoch++) {
    const trained = await trainEpoch(training, epoch, onProgress);
    const start = performance.now();
    const val = await evaluate(network, options.val, { epoch: epoch + 1, limitBatches, execution, onProgress });
    onEpoch({
      epoch: epoch + 1,
      lr: learningRate(recipe, batches, epoch, 0),
      temperature: temperatureOf(recipe, epoch),
      noiseScale: noiseScaleOf(recipe, epoch),
      train: trained.metrics,
      val: val.metrics,
      trainSeconds: trained.seconds,
      valSeconds: (performance.now() - start) / 1000,
      imagesPerSecond: trained.images / trained.seconds,
      dataWaitSeconds: trained.dataWaitSeconds,
      skippedImages: trained.skipped + val.skipped,
      peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
    });
  }
}
