import { existsSync } from "node:fs";
import { join } from "node:path";
import { packNetwork } from "../export/pack-network.js";
import { readSafetensors, writeSafetensors } from "../formats/safetensors.js";
import { activationPolicy } from "../models/activation-policy.js";
import type { Module } from "../nn/module.js";
import { quantizedState, trainingState } from "../nn/state-dict.js";
import { bestEpoch } from "../run/best-epoch.js";
import { RUN_FILES } from "../run/directory.js";
import type { Logger, RunStart } from "../run/logger.js";
import type { EpochMetrics } from "../run/metrics-jsonl.js";
import type { RunSettings } from "../run/settings.js";
import { toEntries } from "../tensor/entries.js";
import { scope } from "../tensor/tensor.js";
import { activationMetadata } from "./model-activations.js";

/** Metadata of a model's files: the epoch, from 1, after which it was so. */
const EPOCH = "epoch";

/** Writes a run's models after every epoch: the quantized one, the packed one, the best so far, and what training changes. */
export class ModelFiles implements Logger {
  readonly #directory: string;
  readonly #settings: RunSettings;
  readonly #network: Module;
  readonly #epochs: EpochMetrics[] = [];

  constructor(directory: string, settings: RunSettings, network: Module) {
    this.#directory = directory;
    this.#settings = settings;
    this.#network = network;
  }

  start({ isResumed, epochs, batch }: RunStart): void {
    this.#epochs.push(...epochs);
    // An epoch's checkpoint is written before its other files, which may be missing.
    if (isResumed && batch === 0 && epochs.length > 0) this.#write();
  }

  epoch(metrics: EpochMetrics): void {
    this.#epochs.push(metrics);
    this.#write();
  }

  #write(): void {
    const metadata = this.#metadata(this.#epochs.at(-1));
    scope(() => {
      writeSafetensors(this.#path("model"), toEntries(quantizedState(this.#network)), metadata);
      writeSafetensors(this.#path("state"), toEntries(trainingState(this.#network)), metadata);
    });
    const best = bestEpoch(this.#epochs);
    if (best !== undefined && best === this.#epochs.at(-1)) this.writeBest(best);
    const packed = packNetwork(this.#network);
    if (packed !== null) writeSafetensors(this.#path("packed"), packed.tensors, { ...packed.metadata, ...metadata });
  }

  /** Writes the network as it is, which is to be that of the best epoch. */
  writeBest(best: EpochMetrics): void {
    scope(() => writeSafetensors(this.#path("best"), toEntries(quantizedState(this.#network)), this.#metadata(best)));
  }

  /** The epoch, counted from 1, of the best network as it is written; `null` where there is none. */
  writtenBest(): number | null {
    const path = this.#path("best");
    return existsSync(path) ? Number(readSafetensors(path).metadata[EPOCH]) : null;
  }

  #metadata(epoch: EpochMetrics | undefined): Record<string, string> {
    const { arch, dataset, activationBits, search } = this.#settings;
    const activations = activationMetadata(activationPolicy(activationBits, search));
    return { format: "pt", arch, dataset, [EPOCH]: String(epoch?.epoch ?? 0), ...activations };
  }

  #path(file: keyof typeof RUN_FILES): string {
    return join(this.#directory, RUN_FILES[file]);
  }
}
