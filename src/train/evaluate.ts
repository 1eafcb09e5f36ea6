import { setImmediate } from "node:timers/promises";
import type { BatchSource } from "../data/batches.js";
import type { Module } from "../nn/module.js";
import type { PassMetrics } from "../run/metrics-jsonl.js";
import { EVALUATION_DRAW } from "../search/sample.js";
import { noGrad } from "../tensor/autograd.js";
import { crossEntropy } from "../tensor/loss.js";
import { scope } from "../tensor/tensor.js";
import { PassTotals, type Progress } from "./pass.js";

/** Images at a time: no gradients are kept, so more than in training fit. */
const BATCH_SIZE = 250;

export interface EvaluateOptions {
  /** For `onProgress`, counted from 1. */
  readonly epoch: number;
  /** Batches after which to stop; `null` for all. */
  readonly limitBatches: number | null;
  readonly onProgress: (progress: Progress) => void;
}

/** Loss and accuracy of a network with its best values, without noise, and with running batch statistics. */
export async function evaluate(network: Module, source: BatchSource, options: EvaluateOptions): Promise<PassMetrics> {
  const batches = Math.min(Math.ceil(source.count / BATCH_SIZE), options.limitBatches ?? Number.POSITIVE_INFINITY);
  const totals = new PassTotals({ pass: "val", epoch: options.epoch, batches });
  for (const [, weight] of network.namedSearchedWeights()) weight.draw(EVALUATION_DRAW);
  for (let batch = 0; batch < batches; batch++) {
    scope(() =>
      noGrad(() => {
        const first = batch * BATCH_SIZE;
        const length = Math.min(BATCH_SIZE, source.count - first);
        const positions = Int32Array.from({ length }, (_, index) => first + index);
        const { images, labels } = source.batch(positions, null);
        const logits = network.forward(images, "eval");
        totals.add(logits, labels, crossEntropy(logits, labels));
      }),
    );
    options.onProgress(totals.progress);
    await setImmediate();
  }
  return totals.metrics;
}
