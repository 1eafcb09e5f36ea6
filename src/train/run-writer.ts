import { existsSync } from "node:fs";
import { join } from "node:path";
import { packNetwork } from "../export/pack-network.js";
import { readSafetensors, writeSafetensors } from "../formats/safetensors.js";
import type { Module } from "../nn/module.js";
import { quantizedState, trainingState } from "../nn/state-dict.js";
import { renderCurves } from "../plots/curves.js";
import { withActivations } from "../report/run-description.js";
import { bestEpoch } from "../run/best-epoch.js";
import { RUN_FILES } from "../run/directory.js";
import { appendMetrics, type EpochMetrics, writeMetrics } from "../run/metrics-jsonl.js";
import { weightValues } from "../run/record.js";
import { appendResult, type ResultRow, writeResults } from "../run/result-csv.js";
import { valueSetText } from "../search/value-set-text.js";
import { writeFileAtomic } from "../system/atomic-file.js";
import { toEntries } from "../tensor/entries.js";
import { scope } from "../tensor/tensor.js";
import { activationMetadata } from "./model-activations.js";
import type { TrainSettings } from "./settings.js";

/** Metadata of a network's files: the epoch, from 1, after which it was so. */
const EPOCH = "epoch";

/** What people and other programs read of a run, epoch by epoch: its directory is complete after each. */
export class RunWriter {
  readonly directory: string;
  readonly #settings: TrainSettings;
  readonly #epochs: EpochMetrics[];

  /** @param epochs what the epochs that are over measured */
  constructor(directory: string, settings: TrainSettings, epochs: readonly EpochMetrics[] = []) {
    this.directory = directory;
    this.#settings = settings;
    this.#epochs = [...epochs];
  }

  /** Adds an epoch to the records and writes the network as it is now, as the best one too if it is. */
  epoch(metrics: EpochMetrics, network: Module): void {
    this.#epochs.push(metrics);
    appendResult(this.#path("result"), resultRow(metrics));
    appendMetrics(this.#path("metrics"), metrics);
    this.#writeCurves();
    this.writeNetwork(network);
  }

  /** Makes the records those of the epochs that are over: a run that goes on does the others again. */
  rewriteRecords(): void {
    writeResults(this.#path("result"), this.#epochs.map(resultRow));
    writeMetrics(this.#path("metrics"), this.#epochs);
    this.#writeCurves();
  }

  /** Writes the network as it is after the last epoch. */
  writeNetwork(network: Module): void {
    const metadata = this.#metadata(this.#epochs.at(-1));
    scope(() => {
      writeSafetensors(this.#path("model"), toEntries(quantizedState(network)), metadata);
      writeSafetensors(this.#path("state"), toEntries(trainingState(network)), metadata);
    });
    if (bestEpoch(this.#epochs) === this.#epochs.at(-1)) this.writeBest(network);
    const packed = packNetwork(network);
    if (packed !== null) writeSafetensors(this.#path("packed"), packed.tensors, { ...packed.metadata, ...metadata });
  }

  /** Writes the network, which is to be that of the best epoch. */
  writeBest(network: Module): void {
    const metadata = this.#metadata(bestEpoch(this.#epochs));
    scope(() => writeSafetensors(this.#path("best"), toEntries(quantizedState(network)), metadata));
  }

  /** The epoch, counted from 1, of the best network as it is written; `null` where there is none. */
  writtenBest(): number | null {
    const path = this.#path("best");
    return existsSync(path) ? Number(readSafetensors(path).metadata[EPOCH]) : null;
  }

  #metadata(epoch: EpochMetrics | undefined): Record<string, string> {
    const { arch, dataset } = this.#settings;
    return { format: "pt", arch, dataset, [EPOCH]: String(epoch?.epoch ?? 0), ...activationMetadata(this.#settings) };
  }

  #writeCurves(): void {
    if (this.#epochs.length === 0) return;
    const { arch, dataset, recipe, seed, activationBits } = this.#settings;
    const values = weightValues(this.#settings);
    const weights = values === null ? "float weights" : `weights searched over ${valueSetText(values)}`;
    const curves = renderCurves(this.#epochs, {
      title: `${arch} on ${dataset}, ${withActivations(weights, activationBits)}`,
      subtitle: `batch ${recipe.batchSize}, learning rate ${recipe.initLr}, seed ${seed}`,
    });
    writeFileAtomic(this.#path("curves"), [Buffer.from(curves)]);
  }

  #path(file: keyof typeof RUN_FILES): string {
    return join(this.directory, RUN_FILES[file]);
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
