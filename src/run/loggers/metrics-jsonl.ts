import type { Logger } from "../logger.js";
import { appendMetrics, type EpochMetrics, writeMetrics } from "../metrics-jsonl.js";

/**
 * Writes `metrics.jsonl`: all metrics, one JSON object per epoch. A resumed run's file keeps the lines of its past
 * epochs.
 */
export class MetricsLogger implements Logger {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  start({ isResumed, epochs }: { readonly isResumed: boolean; readonly epochs: readonly EpochMetrics[] }): void {
    if (isResumed) writeMetrics(this.#path, epochs);
  }

  epoch(metrics: EpochMetrics): void {
    appendMetrics(this.#path, metrics);
  }
}
