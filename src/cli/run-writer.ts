import { join, resolve } from "node:path";
import { type PackedModel, packedModel } from "../export/packed.js";
import type { Module } from "../nn/module.js";
import { foundNetwork, trainingState } from "../nn/state-dict.js";
import { renderCurves } from "../plots/curves.js";
import { writeFileAtomic } from "../run/atomic-file.js";
import { appendMetrics, type EpochMetrics } from "../run/metrics-jsonl.js";
import { appendResult } from "../run/result-csv.js";
import { createRunDirectory, RUN_FILES, writeConfig } from "../run/run-directory.js";
import { writeSafetensors } from "../run/safetensors.js";
import { bestEpoch } from "../run/summary.js";
import { valuesAfterStage } from "../search/by-bit.js";
import { valueSetText } from "../search/value-set-text.js";
import { versions } from "../tensor/runtime.js";
import { scope } from "../tensor/tensor.js";
import { toEntries } from "../train/tensor-files.js";
import type { TrainSettings } from "./train-settings.js";

/** What is written of a run, epoch by epoch: its directory is complete after each. */
export class RunWriter {
  readonly directory: string;
  readonly #settings: TrainSettings;
  readonly #epochs: EpochMetrics[] = [];

  /** Makes the run's directory and writes its configuration. Throws InputError when that is impossible. */
  constructor(workDir: string, settings: TrainSettings, device: string) {
    this.directory = createRunDirectory({ workDir, dataset: settings.dataset, arch: settings.arch, now: new Date() });
    this.#settings = settings;
    const { libtorch, kernels, winograd, jpeg } = versions();
    const { node } = process.versions;
    writeConfig(this.directory, {
      ...settings,
      ...wholePaths(settings),
      weightValues: weightValues(settings),
      device,
      startedAt: new Date().toISOString(),
      versions: { node, libtorch, kernels, winograd, jpeg },
    });
  }

  /** Adds an epoch to the records and writes the network as it is now, as the best one too if it is. */
  epoch(metrics: EpochMetrics, network: Module): void {
    this.#epochs.push(metrics);
    const { train, val } = metrics;
    appendResult(this.#path("result"), {
      train_loss: train.loss,
      train_acc1: train.top1,
      train_acc5: train.top5,
      val_loss: val.loss,
      val_acc1: val.top1,
      val_acc5: val.top5,
      train_time: metrics.trainSeconds,
    });
    appendMetrics(this.#path("metrics"), metrics);
    writeFileAtomic(this.#path("curves"), [Buffer.from(this.#curves())]);
    this.#writeNetwork(network);
  }

  #curves(): string {
    const { arch, dataset, recipe, seed } = this.#settings;
    const values = weightValues(this.#settings);
    const weights = values === null ? "float weights" : `weights searched over ${valueSetText(values)}`;
    return renderCurves(this.#epochs, {
      title: `${arch} on ${dataset}, ${weights}`,
      subtitle: `batch ${recipe.batchSize}, learning rate ${recipe.initLr}, seed ${seed}`,
    });
  }

  #writeNetwork(network: Module): void {
    const { arch, dataset } = this.#settings;
    const metadata = { format: "pt", arch, dataset };
    scope(() => {
      const found = toEntries(foundNetwork(network));
      writeSafetensors(this.#path("model"), found, metadata);
      if (bestEpoch(this.#epochs) === this.#epochs.at(-1)) writeSafetensors(this.#path("best"), found, metadata);
      writeSafetensors(this.#path("state"), toEntries(trainingState(network)), metadata);
    });
    const packed = packNetwork(network);
    if (packed !== null) writeSafetensors(this.#path("packed"), packed.tensors, { ...packed.metadata, ...metadata });
  }

  #path(file: keyof typeof RUN_FILES): string {
    return join(this.directory, RUN_FILES[file]);
  }
}

/** The paths as they are from any folder, so that `weight-search evaluate` finds the data wherever it is started. */
function wholePaths(settings: TrainSettings): Partial<TrainSettings> {
  const { path, transforms, recipeFile, loadModelState } = settings;
  return {
    path: path === null ? null : resolve(path),
    transforms: transforms === null ? null : { ...transforms, file: resolve(transforms.file) },
    recipeFile: resolve(recipeFile),
    loadModelState: loadModelState === null ? null : resolve(loadModelState),
  };
}

/** Every value that a searched weight can take; `null` for a float network. */
function weightValues({ search, stage }: TrainSettings): readonly number[] | null {
  return stage === null ? (search?.values ?? null) : valuesAfterStage(stage);
}

/** The network with its searched weights packed to their bits; `null` for a float network. */
export function packNetwork(network: Module): PackedModel | null {
  const searched = new Map(
    [...network.namedSearchedWeights()].map(
      ([layer, weight]) => [`${layer}.weight`, weight.reachableValues()] as const,
    ),
  );
  if (searched.size === 0) return null;
  return scope(() => packedModel(toEntries(foundNetwork(network)), searched));
}
