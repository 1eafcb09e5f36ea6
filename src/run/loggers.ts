import type { Logger, Progress, RunEnd, RunStart } from "./logger.js";
import type { EpochMetrics } from "./metrics-jsonl.js";

/** Calls several loggers, in their order, and keeps what epochs measured. */
export class Loggers {
  readonly #loggers: readonly Logger[];
  readonly epochs: EpochMetrics[] = [];

  constructor(loggers: readonly Logger[]) {
    this.#loggers = loggers;
  }

  start(run: RunStart): void {
    this.epochs.push(...run.epochs);
    for (const logger of this.#loggers) logger.start?.(run);
  }

  step(progress: Progress): void {
    for (const logger of this.#loggers) logger.step?.(progress);
  }

  epoch(metrics: EpochMetrics): void {
    this.epochs.push(metrics);
    for (const logger of this.#loggers) logger.epoch?.(metrics);
  }

  end(end: Omit<RunEnd, "epochs">): void {
    for (const logger of this.#loggers) logger.end?.({ ...end, epochs: this.epochs });
  }
}
