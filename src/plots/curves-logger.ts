import type { Logger, RunStart } from "../run/logger.js";
import type { EpochMetrics } from "../run/metrics-jsonl.js";
import { weightValues } from "../run/record.js";
import type { RunSettings } from "../run/settings.js";
import { valueSetText } from "../search/value-set-text.js";
import { writeFileAtomic } from "../system/atomic-file.js";
import { type CurvesOptions, renderCurves } from "./curves.js";

/** Draws `curves.svg`, accuracy and loss over epochs, again after every epoch. */
export class CurvesLogger implements Logger {
  readonly #path: string;
  readonly #epochs: EpochMetrics[] = [];
  #text: CurvesOptions = { title: "", subtitle: "" };

  constructor(path: string) {
    this.#path = path;
  }

  start({ settings, isResumed, epochs }: RunStart): void {
    this.#text = textOf(settings);
    this.#epochs.push(...epochs);
    if (isResumed) this.#draw();
  }

  epoch(metrics: EpochMetrics): void {
    this.#epochs.push(metrics);
    this.#draw();
  }

  #draw(): void {
    if (this.#epochs.length === 0) return;
    writeFileAtomic(this.#path, [Buffer.from(renderCurves(this.#epochs, this.#text))]);
  }
}

function textOf(settings: RunSettings): CurvesOptions {
  const { arch, dataset, recipe, seed, activationBits } = settings;
  const values = weightValues(settings);
  const weights = values === null ? "float weights" : `weights searched over ${valueSetText(values)}`;
  const activations = activationBits === null ? "" : `, ${activationBits}-bit activations`;
  return {
    title: `${arch} on ${dataset}, ${weights}${activations}`,
    subtitle: `batch ${recipe.batchSize}, learning rate ${recipe.initLr}, seed ${seed}`,
  };
}
