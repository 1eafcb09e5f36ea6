import type { EpochMetrics, PassMetrics } from "./metrics-jsonl.js";
import type { RunSettings } from "./settings.js";

/** Where a training epoch or a validation stands after a batch. */
export interface Progress {
  readonly pass: "train" | "val";
  /** Epoch, counted from 1. */
  readonly epoch: number;
  /** Batches done and in all. */
  readonly batch: number;
  readonly batches: number;
  /** Images done. */
  readonly images: number;
  readonly seconds: number;
  /** Means over the images done; where a device keeps the sums, over those done when they were last read. */
  readonly running: PassMetrics;
}

/** A run as it starts or resumes. */
export interface RunStart {
  readonly settings: RunSettings;
  /** Its directory; `null` when nothing is saved. */
  readonly directory: string | null;
  readonly isResumed: boolean;
  /** What its past epochs measured. */
  readonly epochs: readonly EpochMetrics[];
  /** Batches of the next epoch that are done. */
  readonly batch: number;
  /** Processes that train it. */
  readonly processes: number;
  /** LibTorch's name of the device: "cpu", "cuda:0". */
  readonly device: string;
  readonly libtorch: string;
  readonly classNames: readonly string[];
  readonly trainImages: number;
  readonly valImages: number;
  readonly searchedLayers: number;
  /** What was loaded from the model that it starts from, in lines. */
  readonly loaded: readonly string[];
  /** Of the model that it starts from; `null` for new initial values. */
  readonly before: PassMetrics | null;
}

/** The size of a quantized model. */
export interface PackedSize {
  readonly bitsPerWeight: number;
  readonly searchedBitsPerWeight: number;
  readonly sizeBytes: number;
}

/** A run that came to its end or was stopped. */
export interface RunEnd {
  readonly outcome: "finished" | "stopped";
  readonly epochs: readonly EpochMetrics[];
  /** Of the model packed to its bits; `null` for a float network, and for a run that was stopped. */
  readonly packed: PackedSize | null;
}

/**
 * Receives what happens in a run: once as it starts, after every batch of training and validation, after every epoch, and as it ends.
 * An epoch's checkpoint is written before its loggers are called. What a logger throws ends the run.
 */
export interface Logger {
  start?(run: RunStart): void;
  step?(progress: Progress): void;
  epoch?(metrics: EpochMetrics): void;
  end?(end: RunEnd): void;
}
