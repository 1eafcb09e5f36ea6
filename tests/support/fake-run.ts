import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeConfig } from "../../src/run/directory.js";
import type { LayerStatistics } from "../../src/run/layer-statistics.js";
import { appendMetrics, type EpochMetrics } from "../../src/run/metrics-jsonl.js";
import { appendResult } from "../../src/run/result-csv.js";

export interface FakeRun {
  /** Top-1 accuracy in validation, epoch by epoch. */
  readonly valTop1: readonly number[];
  readonly epochs?: number;
  readonly values?: readonly number[] | null;
  readonly modelBytes?: number;
  /** Number of searched layers with statistics; none by default. */
  readonly healthLayers?: number;
  /** Goes over the settings in `config.json`. */
  readonly settings?: object;
}

/** An epoch as a run records it; what is not given follows from the accuracy. */
export function fakeEpoch(epoch: number, valTop1: number, more: Partial<EpochMetrics> = {}): EpochMetrics {
  return {
    epoch,
    lr: 0.1,
    temperature: 1,
    noiseScale: 0,
    train: { loss: 1 - valTop1, top1: valTop1, top5: 1 },
    val: { loss: 1.1 - valTop1, top1: valTop1, top5: 1 },
    trainSeconds: 10 + epoch,
    valSeconds: 1,
    imagesPerSecond: 1000,
    dataWaitSeconds: 0,
    skippedImages: 0,
    skippedSteps: 0,
    peakMemoryBytes: 1e8,
    ...more,
  };
}

/** Plausible search statistics of several layers over a number of values at an epoch, counted from 1. */
export function fakeHealth(epoch: number, layers: number, values: number): LayerStatistics[] {
  return Array.from({ length: layers }, (_, index) => {
    const open = 0.97 ** (epoch * (1 + index / layers));
    const weighed = Array.from({ length: values }, (__, k) => 1 + (epoch / 40) * Math.sin(k + index / 9) ** 2);
    const sum = weighed.reduce((total, weight) => total + weight, 0);
    return {
      layer: `layer${1 + Math.floor((3 * index) / layers)}.${index}.conv1`,
      weights: 100 * (1 + index),
      entropy: open,
      changed: open / (5 + epoch),
      histogram: weighed.map((weight) => Number((weight / sum).toPrecision(6))),
    };
  });
}

/** Writes a directory as `weight-search train` does, its tensors made up; returns the directory. */
export function writeFakeRun(directory: string, run: FakeRun): string {
  const { valTop1, values = [-1, 1], modelBytes = 60_800 } = run;
  mkdirSync(directory, { recursive: true });
  writeConfig(directory, {
    arch: "resnet20",
    dataset: "cifar10",
    path: "data",
    recipe: { initLr: 0.1, batchSize: 128, epochs: run.epochs ?? Math.max(1, valTop1.length), initTemperature: 1 },
    search: values === null ? null : { values, firstLayer: false, lastLayer: false },
    soft: false,
    seed: 0,
    limitBatches: null,
    threads: 2,
    startedAt: "2026-11-23T17:04:03.000Z",
    versions: { node: "20" },
    ...run.settings,
  });
  for (const [index, top1] of valTop1.entries()) {
    const health = run.healthLayers && values && fakeHealth(index + 1, run.healthLayers, values.length);
    const { train, val, trainSeconds, ...rest } = fakeEpoch(index + 1, top1, health ? { health } : {});
    appendMetrics(join(directory, "metrics.jsonl"), { train, val, trainSeconds, ...rest });
    appendResult(join(directory, "result.csv"), {
      train_loss: train.loss,
      train_acc1: train.top1,
      train_acc5: train.top5,
      val_loss: val.loss,
      val_acc1: val.top1,
      val_acc5: val.top5,
      train_time: trainSeconds,
    });
  }
  const model = values === null ? "model.safetensors" : "packed.safetensors";
  if (valTop1.length > 0) writeFileSync(join(directory, model), new Uint8Array(modelBytes));
  return directory;
}
