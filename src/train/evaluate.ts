import { setImmediate } from "node:timers/promises";
import { type BatchSource, batchCount, batchesOf, firstBatches, type PreparedBatch } from "../data/batch-source.js";
import type { ProcessGroup } from "../distributed/process-group.js";
import { shareOf } from "../distributed/share.js";
import { isTrueAnywhere, sumNumbers } from "../distributed/sum-numbers.js";
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
  /** Asked after every batch; true, on any process, ends the pass by a StoppedError. */
  readonly shouldStop?: () => boolean;
  /** The processes that share in the pass, each with a part of the images; `null`: this one alone. */
  readonly group: ProcessGroup | null;
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
 * Loss and accuracy of a network with its best values, without noise, and with running batch statistics; over the images of all
 * processes, the same on each.
 * @throws StoppedError when asked to stop
 */
export async function evaluate(network: Module, source: BatchSource, options: EvaluateOptions): Promise<Evaluation> {
  const { group, limitBatches, execution, onProgress } = options;
  const batchSize = batchSizeFor(source);
  const most = Math.min(batchCount(source.count, batchSize), limitBatches ?? Number.POSITIVE_INFINITY);
  const order = Int32Array.from({ length: source.count }, (_, index) => index);
  const { own, turns } = part(firstBatches(order, batchSize, most), batchSize, group);
  const stream = source.open(batchesOf(own, batchSize), null);
  const place = { pass: "val", epoch: options.epoch, batches: batchCount(own.length, batchSize) } as const;
  const totals = new PassTotals(place, execution);
  for (const [, weight] of network.namedSearchedWeights()) weight.draw(EVALUATION_DRAW);
  for (let turn = 0; turn < turns; turn++) {
    const prepared = await stream.next();
    totals.skip(prepared?.skipped ?? 0, prepared?.count === 0);
    if (prepared !== null && prepared.count > 0) {
      forward(network, prepared, totals, execution);
      onProgress(totals.progress);
    }
    await setImmediate();
    if (isStopped(options)) {
      stream.close();
      totals.finish();
      throw new StoppedError("asked to stop");
    }
  }
  totals.finish();
  if (group !== null) totals.combine((values) => sumNumbers(group, values));
  return { metrics: totals.metrics, images: totals.images, skipped: totals.skipped };
}

/** The images that this process looks at, and the batches of the process that has the most of them. */
function part(order: Int32Array, batchSize: number, group: ProcessGroup | null): { own: Int32Array; turns: number } {
  if (group === null) return { own: order, turns: batchCount(order.length, batchSize) };
  // Parts differ by one image at most, and one image more may be a batch less.
  const least = Math.floor(order.length / group.size);
  const turns = Math.max(batchCount(least, batchSize), batchCount(least + 1, batchSize));
  return { own: shareOf(order, group.rank, group.size), turns };
}

function forward(network: Module, { tensors }: PreparedBatch, totals: PassTotals, execution: Execution): void {
  scope(() =>
    noGrad(() => {
      const { images, labels } = tensors();
      const { logits, meanLoss } = inPrecision(execution, () => {
        const output = network.forward(images, "eval");
        return { logits: output, meanLoss: crossEntropy(output, labels) };
      });
      totals.add(logits, labels, meanLoss);
    }),
  );
}

function isStopped({ shouldStop, group }: EvaluateOptions): boolean {
  if (shouldStop === undefined) return false;
  return group === null ? shouldStop() : isTrueAnywhere(group, shouldStop());
}
