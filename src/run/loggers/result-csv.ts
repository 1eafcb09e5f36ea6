import type { Logger } from "../logger.js";
import type { EpochMetrics } from "../metrics-jsonl.js";
import { appendResult, type ResultRow, writeResults } from "../result-csv.js";

/**
 * Writes `result.csv`: the original program's seven columns, one row per epoch. A resumed run's file keeps the rows of
 * its past epochs.
 */
export class ResultCsvLogger implements Logger {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  start({ isResumed, epochs }: { readonly isResumed: boolean; readonly epochs: readonly EpochMetrics[] }): void {
    if (isResumed) writeResults(this.#path, epochs.map(resultRow));
  }

  epoch(metrics: EpochMetrics): void {
    appendResult(this.#path, resultRow(metrics));
  }
}

function resultRow({ train, val, trainSeconds }: EpochMetrics): ResultRow {
  return {
    train_loss: train.loss,
    train_acc1: train.top1,
    train_acc5: train.top5,
    val_loss: val.loss,
    val_acc1: val.top1,
    val_acc5: val.top5,
    train_time: trainSeconds,
  };
}
