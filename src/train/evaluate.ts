import { setImmediate } from "node:timers/promises";
import { type BatchSource, batchCount, firstBatches } from "../data/batch-source.js";
import type { Module } from "../nn/module.js";
import type { PassMetrics } from "../run/metrics-jsonl.js";
import { EVALUATION_DRAW } from "../search/sample.js";
import { noGrad } from "../tensor/autograd.js";
import { crossEntropy } from "../tensor/loss.js";
import { scope } from "../tensor/tensor.js";
import { type Execution, inPrecision } from "./execution.js";
import { PassTotals, type Progress } from "./pass.js";

/** Images of up to 64×64 pixels at a time: no gradients are kept, so more than in training fit. Fewer of larger ones. */
const BATCH_SIZE = 250;
const BATCH_PIXELS = BATCH_SIZE * 64 * 64;

function batchSizeFor({ height, width }: BatchSource): number {
  return Math.max(1, Math.min(BATCH_SIZE, Math.floor(BATCH_PIXELS / (height * width))));
}

export interface EvaluateOptions {
  /** For `onProgress`, counted from 1. */
  readonly epoch: number;
  /** Batches after which to stop; `null` for all. */
  readonly limitBatches: number | null;
  readonly execution: Execution;
  readonly onProgress: (progress: Progress) => void;
  /** Asked after every batch; true ends the pass by a StoppedError. */
  readonly shouldStop?: () => boolean;
}

/** A pass was asked to stop, and did. */
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
 * Loss and accuracy of a network with its best values, without noise, and with running batch statistics.
 * @throws StoppedError when asked to stop
 */
export async function evaluate(network: Module, source: BatchSource, options: EvaluateOptions): Promise<Evaluation> {
  const batchSize = batchSizeFor(source);
  const batches = Math.min(batchCount(source.count, batchSize), options.limitBatches ?? Number.POSITIVE_INFINITY);
  const order = Int32Array.from({ length: source.count }, (_, index) => index);
  const stream = source.open(firstBatches(order, batchSize, batches), batchSize, null);
  const totals = new PassTotals({ pass: "val", epoch: options.epoch, batches }, options.execution);
  for (const [, weight] of network.namedSearchedWeights()) weight.draw(EVALUATION_DRAW);
  for (let prepared = await stream.next(); prepared !== null; prepared = await stream.next()) {
    totals.skip(prepared.skipped, prepared.count === 0);
    if (prepared.count === 0) continue;
    const { tensors } = prepared;
    scope(() =>
      noGrad(() => {
        const { images, labels } = tensors();
        const { logits, meanLoss } = inPrecision(options.execution, () => {
          const output = network.forward(images, "eval");
          return { logits: output, meanLoss: crossEntropy(output, labels) };
        });
        totals.add(logits, labels, meanLoss);
      }),
    );
    options.onProgress(totals.progress);
    await setImmediate();
    if (options.shouldStop?.()) {
      stream.close();
      totals.finish();
      throw new StoppedError("asked to stop");
    }
  }
  totals.finish();
  return { metrics: totals.metrics, images: totals.images, skipped: totals.skipped };
}
