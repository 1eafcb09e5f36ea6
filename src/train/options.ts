import type { ConfigOverrides } from "../config/overrides.js";
import type { DataSource } from "../data/definition.js";
import type { NetworkDefinition } from "../models/network.js";
import type { Module } from "../nn/module.js";
import type { OptimizerDefinition } from "../optim/definition.js";
import type { Logger } from "../run/logger.js";
import type { EpochMetrics } from "../run/metrics-jsonl.js";
import type { SettingValues } from "../run/settings.js";
import type { StopSignal } from "../system/signals.js";
import type { LossFunction } from "./loss-function.js";

/** Receives how something that the caller gave was understood: one line without a period. */
export type Note = (text: string) => void;

/** The lines that signals are answered with, on standard error; `null`: signals keep their usual effect. */
export interface SignalAnswers {
  /** At the first signal, after which the run stops. */
  readonly first: string;
  /** At the second, at once. */
  readonly second: string;
}

/** Options that do not affect the result: where and how a run computes, and callbacks. */
export interface PlaceOptions {
  /** `cpu`, `cuda`, `cuda:<index>`, `mps` or `auto`, the default. */
  readonly device?: string;
  /** The same as device `cuda:<gpu>`. */
  readonly gpu?: number;
  /** This process's number on its machine, as launchers pass it. */
  readonly localRank?: number;
  /** What sums gradients over processes; `auto` by default. */
  readonly backend?: "auto" | "gloo" | "nccl";
  /** Seconds that processes wait for each other; 600 by default. */
  readonly distTimeout?: number;
  /** Downloads the data set into `path` when it is not there. */
  readonly download?: boolean;
  readonly downloadUrl?: string;
  /** Called with the bytes downloaded so far, and in all if known. */
  readonly onDownload?: (bytes: number, totalBytes: number | undefined) => void;
  /** Additional loggers, besides those of the run's own files; on rank 0 only. */
  readonly loggers?: readonly Logger[];
  /** Receives notes, by default as warnings of the process. */
  readonly note?: Note;
  /** Receives what is wrong with each image that is skipped, by default as a note. */
  readonly skipped?: Note;
  readonly signals?: SignalAnswers | null;
}

/** The settings of a new run. All but the first three have the defaults of `weight-search train`. */
export interface TrainOptions extends Partial<SettingValues>, ConfigOverrides, PlaceOptions {
  /** The network's name, `resnet20`, a file that defines one, `./net.js`, or a definition. */
  readonly network: string | NetworkDefinition;
  /** A data set's name, a file that exports one, its definition, or the data in memory or in files. */
  readonly data: string | DataSource;
  readonly epochs: number;
  /** The training config: a file, a name in json/training, or its keys; by default the network's. */
  readonly config?: string | Readonly<Record<string, unknown>>;
  /** Instead of the config's optimizer: its name, a file that defines one, `./lion.js`, or a definition. */
  readonly optimizer?: string | OptimizerDefinition;
  /** Instead of cross-entropy: a file that exports a loss function, `./focal-loss.js`, or the function. */
  readonly loss?: string | LossFunction;
  /** How images are prepared: a file, or a name in json/transform. */
  readonly transforms?: string;
  /** Searches the weights, over `values` or in progressive stages; by default where `values` is given. */
  readonly quantize?: boolean;
  /** The value set: a file, a name in json/quantization, or the values. */
  readonly values?: string | readonly number[];
  readonly quantizeFirstLayer?: boolean;
  readonly quantizeLastLayer?: boolean;
  /** Without `values`: the stage of progressive quantization, 0 by default. */
  readonly stage?: number;
  /** How many stages are run, from `stage` on; 1 by default. */
  readonly stages?: number;
  /** Where run directories are made; `results` by default. */
  readonly workDir?: string;
  /** Whether a run directory is written; true by default. */
  readonly save?: boolean;
  /** Resumes the newest unfinished run of these same settings, if there is one. */
  readonly resume?: "auto";
}

/** Options of a new run whose data set has been found. */
export type DecidedOptions = Omit<TrainOptions, "data"> & { readonly data: DataSource };

/** What a resumed run may do otherwise than before: of the settings those that say where and how, and its number of epochs. */
export type ResumeOptions = Partial<SettingValues> & PlaceOptions & { readonly epochs?: number };

/** A run to resume, by its directory, and where its data set was given in a script, the data. */
export type ResumedRun = ResumeOptions & {
  readonly resume: string;
  readonly data?: DataSource;
  /** The definition of a network that was given as an object, and not in a file. */
  readonly network?: NetworkDefinition;
  /** The optimizer and the loss function that were given as an object and as a function. */
  readonly optimizer?: OptimizerDefinition;
  readonly loss?: LossFunction;
};

/** A run that ended. */
export interface TrainResult {
  readonly outcome: "finished" | "stopped";
  /** The signal that stopped it; `null` for a run that finished. */
  readonly signal: StopSignal | null;
  /** Its directory; `null` when nothing is saved, and on processes other than the first. */
  readonly directory: string | null;
  readonly epochs: readonly EpochMetrics[];
  readonly network: Module;
  /** Whether this process is the first of those that trained. */
  readonly isLeader: boolean;
}
