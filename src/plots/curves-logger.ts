import { dirname, join } from "node:path";
import { type RunConfig, readRunConfig } from "../run/config.js";
import { RUN_FILES } from "../run/directory.js";
import type { Logger, RunStart } from "../run/logger.js";
import type { EpochMetrics } from "../run/metrics-jsonl.js";
import { runName } from "../run/read-run.js";
import { writeFileAtomic } from "../system/atomic-file.js";
import { comparison } from "./figure.js";

/** Draws a run's `curves.svg` again after every epoch, as `weight-search plot` draws the run alone. */
export class CurvesLogger implements Logger {
  readonly #path: string;
  readonly #epochs: EpochMetrics[] = [];
  #config: RunConfig | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  start({ isResumed, epochs }: RunStart): void {
    this.#config = readRunConfig(join(dirname(this.#path), RUN_FILES.config));
    this.#epochs.push(...epochs);
    if (isResumed) this.#draw();
  }

  epoch(metrics: EpochMetrics): void {
    this.#epochs.push(metrics);
    this.#draw();
  }

  #draw(): void {
    if (this.#epochs.length === 0) return;
    const path = dirname(this.#path);
    const run = { path, name: runName(path), config: this.#config, epochs: this.#epochs, modelBytes: null };
    const svg = comparison([run], { metric: "accuracy", theme: "auto" });
    writeFileAtomic(this.#path, [Buffer.from(svg)]);
  }
}
