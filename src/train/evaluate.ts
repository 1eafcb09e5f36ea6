import { setImmediate } from "node:timers/promises";
import { type BatchSource, batchCount, batchesOf, firstBatches, type PreparedBatch } from "../data/batch-source.js";
import type { Group } from "../distributed/group.js";
import { shareOf } from "../distributed/share.js";
import { sumNumbers } from "../distributed/sum-numbers.js";
import type { Module } from "../nn/module.js";
import type { Progress } from "../run/logger.js";
import type { PassMetrics } from "../run/metrics-jsonl.js";
import { EVALUATION_DRAW } from "../search/sample.js";
import { noGrad } from "../tensor/autograd.js";
import { crossEntropy } from "../tensor/loss.js";
import { scope } from "../tensor/tensor.js";
import { type Execution, inPrecision } from "./execution.js";
import type { LossFunction } from "./loss-function.js";
import { MetricAccumulator } from "./metric-accumulator.js";

/**
 * Images of up to 64×64 pixels at a time: no gradients are kept, so more than in training fit. Fewer of larger ones.
 */
const BATCH_SIZE = 250;
const BATCH_PIXELS = BATCH_SIZE * 64 * 64;

export interface EvaluateOptions {
  /** Reported to the loggers, counted from 1. */
  readonly epoch: number;
  /** Batches after which to stop; `null` for all. */
  readonly limitBatches: number | null;
  readonly execution: Execution;
  readonly loggers: { step(progress: Progress): void };
  /** The ranks that share in the validation, each with a part of the images. */
  readonly group: Group;
  /** By default cross-entropy. */
  readonly loss?: LossFunction;
  /** Asked by all ranks after every batch, where the validation may be stopped. */
  readonly stop?: { agreeToStop(): boolean };
}

/** Validations measure the labels as they are. */
const NO_SMOOTHING = { labelSmoothing: 0 };

/** A validation was stopped on request. */
export class StoppedError extends Error {
  override readonly name = "StoppedError";
}

export interface Evaluation {
  readonly metrics: PassMetrics;
  readonly images: number;
  /** Images that could not be read and were left out. */
  readonly skipped: number;
}

/**
 * Measures loss and accuracy of a network with hard (argmax) weights, without noise, and with running batch statistics;
 * over the images of all ranks, the same on each.
 * @throws StoppedError after a stop request
 */
export async function evaluate(network: Module, source: BatchSource, options: EvaluateOptions): Promise<Evaluation> {
  const { group, limitBatches, execution, loggers, stop } = options;
  const batchSize = batchSizeFor(source);
  const max = Math.min(batchCount(source.count, batchSize), limitBatches ?? Number.POSITIVE_INFINITY);
  const order = Int32Array.from({ length: source.count }, (_, index) => index);
  const { own, turns } = shareOfRank(firstBatches(order, batchSize, max), batchSize, group);
  const stream = source.open(batchesOf(own, batchSize), null);
  const place = { pass: "val", epoch: options.epoch, batches: batchCount(own.length, batchSize) } as const;
  const metrics = new MetricAccumulator(place, execution);
  for (const [, weight] of network.namedSearchedWeights()) weight.draw(EVALUATION_DRAW);
  for (let turn = 0; turn < turns; turn++) {
    const prepared = await stream.next();
    metrics.skip(prepared?.skipped ?? 0, prepared?.count === 0);
    if (prepared !== null && prepared.count > 0) {
      forward(network, prepared, metrics, options);
      loggers.step(metrics.progress);
    }
    await setImmediate();
    if (stop?.agreeToStop()) {
      stream.close();
      metrics.finish();
      throw new StoppedError("stop requested");
    }
  }
  metrics.finish();
  metrics.combine((values) => sumNumbers(group, values));
  return { metrics: metrics.metrics, images: metrics.images, skipped: metrics.skipped };
}

function batchSizeFor({ height, width }: BatchSource): number {
  return Math.max(1, Math.min(BATCH_SIZE, Math.floor(BATCH_PIXELS / (height * width))));
}

/** The images that this rank evaluates, and the batches of the rank that has the most of them. */
function shareOfRank(order: Int32Array, batchSize: number, group: Group): { own: Int32Array; turns: number } {
  const own = shareOf(order, group.rank, group.size);
  if (group.size === 1) return { own, turns: batchCount(order.length, batchSize) };
  // Shares differ by one image at most, and one image more may be a batch less.
  const min = Math.floor(order.length / group.size);
  return { own, turns: Math.max(batchCount(min, batchSize), batchCount(min + 1, batchSize)) };
}

function forward(
  network: Module,
  { tensors }: PreparedBatch,
  metrics: MetricAccumulator,
  { execution, loss = crossEntropy }: EvaluateOptions,
): void {
  scope(() =>
    noGrad(() => {
      const { images, labels } = tensors();
      const { logits, meanLoss } = inPrecision(execution, () => {
        const output = network.forward(images, "eval");
        return { logits: output, meanLoss: loss(output, labels, NO_SMOOTHING) };
      });
      metrics.add(metrics.measure(logits, labels, meanLoss));
    }),
  );
}
