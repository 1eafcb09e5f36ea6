import assert from "node:assert/strict";
import { parseTrainingConfig } from "../../src/config/training.js";
import type { TrainingConfig } from "../../src/config/training-keys.js";
import type { BatchSource } from "../../src/data/batch-source.js";
import { openBatchSources } from "../../src/data/batch-sources.js";
import type { BatchMix } from "../../src/data/batch-transforms/batch-mix.js";
import type { ImageDataset } from "../../src/data/dataset.js";
import { makeSynthetic } from "../../src/data/synthetic.js";
import { ALONE, type Group } from "../../src/distributed/group.js";
import { BatchNorm2d, keepSoftStatistics } from "../../src/nn/batch-norm.js";
import { Conv2d } from "../../src/nn/conv2d.js";
import { Linear } from "../../src/nn/linear.js";
import { type Mode, Module } from "../../src/nn/module.js";
import { quantizedState, refineQuantizedWeights } from "../../src/nn/state-dict.js";
import { CheckpointFolder } from "../../src/run/checkpoint-folder.js";
import { Loggers } from "../../src/run/loggers.js";
import type { EpochMetrics } from "../../src/run/metrics-jsonl.js";
import { BEGINNING, type RunProgress } from "../../src/run/progress.js";
import { stageValues } from "../../src/search/progressive-stages.js";
import { relu } from "../../src/tensor/activation.js";
import { randn, zeros } from "../../src/tensor/create.js";
import { globalAvgPool2d } from "../../src/tensor/pooling.js";
import { manualSeed } from "../../src/tensor/runtime.js";
import { flatten } from "../../src/tensor/shape.js";
import { scope, type Tensor } from "../../src/tensor/tensor.js";
import { BatchMixing } from "../../src/train/batch-mixing.js";
import {
  type Checkpoints,
  checkpointTensors,
  NO_CHECKPOINTS,
  restoreTensors,
  type Trained,
} from "../../src/train/checkpoint.js";
import { Distillation } from "../../src/train/distillation.js";
import type { OnNan } from "../../src/train/divergence.js";
import { DivergencePolicy } from "../../src/train/divergence-policy.js";
import { EpochBatches } from "../../src/train/epoch-batches.js";
import { STEP_BY_STEP } from "../../src/train/execution.js";
import { trainLoop } from "../../src/train/loop.js";
import { newEma, newOptimizer } from "../../src/train/new-optimizer.js";
import { Ranks } from "../../src/train/ranks.js";
import type { TrainingRun } from "../../src/train/training-run.js";

/** Of every tiny run. */
const SEED = 11;

/** Of tiny runs, where they do not say otherwise. */
export const RECIPE: TrainingConfig = parseTrainingConfig(
  {
    ...{ init_lr: 0.05, weight_decay: 1e-3, momentum: 0.9, batch_size: 2, epochs: 2 },
    ...{ lr_scheduler: "Cos", lr_step: "batch", temp_anneal_rate: 0.8, init_random: 0.5, random_anneal_rate: 0.9 },
  },
  "tiny training",
);

/** Of tiny runs with mixed batches. */
const MIXING = { seed: SEED, numClasses: 10 };

/** Of tiny runs with a teacher. */
export const DISTILLATION = { teacherTemperature: 3, teacherWeight: 0.7 };

/** Two convolutions, each normalized, and a linear layer: enough of everything that training changes, and fast. */
export class TinyNetwork extends Module {
  readonly #layers: readonly (readonly [Conv2d, BatchNorm2d])[];
  readonly #last: Linear;

  /** @param values of the convolutions' weights; `null` for float ones */
  constructor(values: readonly number[] | null) {
    super();
    this.#layers = [
      [3, 4],
      [4, 6],
    ].map(([inChannels = 0, outChannels = 0], index) => [
      this.child(
        `conv${index}`,
        new Conv2d({ inChannels, outChannels, kernelSize: 4, stride: 4, fanMode: "fan-in", values }),
      ),
      this.child(`bn${index}`, new BatchNorm2d(outChannels)),
    ]);
    this.#last = this.child("fc", new Linear({ weight: randn([10, 6]), bias: zeros([10]), values: null }));
  }

  override forward(input: Tensor, mode: Mode): Tensor {
    const features = this.#layers.reduce((x, [conv, bn]) => relu(bn.forward(conv.forward(x, mode), mode)), input);
    return this.#last.forward(flatten(globalAvgPool2d(features), 1), mode);
  }
}

/** What a tiny run trains, and on what. */
export interface TinyTrial {
  /** Of the searched weights; `null` for float ones. A stage after the first of a progressive search has its own. */
  readonly values: readonly number[] | null;
  readonly stage?: number;
  readonly soft?: boolean;
  readonly stateBn?: boolean;
  readonly images: number;
  readonly valImages?: number;
  readonly recipe?: Partial<TrainingConfig>;
}

/**
 * What a run ended with: every tensor that training changes by name, its bytes in hexadecimal; what it measured but for
 * clocks and memory.
 */
export interface TinyEnd {
  readonly outcome: "finished" | "stopped";
  readonly tensors: ReadonlyMap<string, string>;
  readonly epochs: readonly object[];
}

/** Options of one rank of a run. */
export interface TinyOptions
  extends Partial<Pick<TrainingRun, "execution" | "limitBatches" | "bnCalibration" | "patience">> {
  readonly source?: BatchSource;
  readonly group?: Group;
  /** Whether batch statistics are those of all ranks' images. */
  readonly syncBn?: boolean;
  /** Where checkpoints go; without, there are none. */
  readonly folder?: string;
  readonly onNan?: OnNan;
  /** Where a new run begins. */
  readonly start?: RunProgress;
  /** Stops at the n-th check, counted from 1. */
  readonly stopAt?: number;
  /** Number of batches between checkpoints. */
  readonly every?: number;
  readonly teacher?: Module;
  readonly batch?: BatchMix;
  /** Changes a network that was just built: its `forward`, say. */
  readonly change?: (network: Module) => void;
}

/** Drawing them takes longer than training on them. */
const datasets = new Map<string, ImageDataset>();

/** The data sources of a trial. */
export function tinySources({ images, valImages = 4 }: TinyTrial): { train: BatchSource; val: BatchSource } {
  const key = `${images} and ${valImages}`;
  const dataset = datasets.get(key) ?? makeSynthetic({ seed: 3, trainCount: images, valCount: valImages });
  datasets.set(key, dataset);
  const memoryFormat = "contiguous_format";
  return openBatchSources(dataset, { transforms: null, workers: 1, onBadImage: null, memoryFormat, device: "cpu" });
}

/** A run's network as its command builds it: from its seed, and at a stage after the first from what was found before. */
function build({ values, stage = 0, stateBn = false }: TinyTrial, recipe: TrainingConfig): Trained {
  manualSeed(5);
  if (stage === 0) {
    const network = new TinyNetwork(values);
    if (stateBn) keepSoftStatistics(network);
    return { network, optimizer: newOptimizer(network, recipe), ema: newEma(network, recipe) };
  }
  const before = new TinyNetwork(stageValues(0));
  const network = new TinyNetwork(stageValues(stage));
  scope((keep) => {
    refineQuantizedWeights(network, quantizedState(before), stage, "before");
    for (const [, { frozen }] of network.namedSearchedWeights()) keep(frozen);
  });
  return { network, optimizer: newOptimizer(network, recipe), ema: newEma(network, recipe) };
}

/** Begins a run, with a checkpoint of its beginning where there are any, and trains until it ends or is stopped. */
export function beginTiny(trial: TinyTrial, options: TinyOptions = {}): Promise<TinyEnd> {
  const trained = build(trial, { ...RECIPE, ...trial.recipe });
  const start = options.start ?? BEGINNING;
  if (options.folder !== undefined) {
    new CheckpointFolder(options.folder).write({ progress: start, tensors: checkpointTensors(trained) });
  }
  return train(trial, trained, start, options);
}

/** Resumes a run from its newest checkpoint as another process would, with no other state. */
export function resumeTiny(trial: TinyTrial, options: TinyOptions & { readonly folder: string }): Promise<TinyEnd> {
  // Initial values that no run began with.
  manualSeed(99);
  const network = new TinyNetwork(trial.stage ? stageValues(trial.stage) : trial.values);
  if (trial.stateBn) keepSoftStatistics(network);
  const recipe = { ...RECIPE, ...trial.recipe };
  const trained = { network, optimizer: newOptimizer(network, recipe), ema: newEma(network, recipe) };
  const { tensors, progress, path, damaged } = new CheckpointFolder(options.folder).newest();
  assert.deepEqual(damaged, []);
  restoreTensors(trained, tensors, path);
  return train(trial, trained, progress, options);
}

async function train(
  trial: TinyTrial,
  { network, optimizer, ema = null }: Trained,
  start: RunProgress,
  { folder, stopAt, every, change, source, syncBn = false, group = ALONE, onNan = "stop", ...options }: TinyOptions,
): Promise<TinyEnd> {
  const sources = tinySources(trial);
  const trained = { network, optimizer, ema };
  change?.(network);
  const config = { ...RECIPE, ...trial.recipe };
  const execution = options.execution ?? STEP_BY_STEP;
  const limitBatches = options.limitBatches ?? null;
  const checkpoints = folder === undefined ? NO_CHECKPOINTS : tinyCheckpoints(folder, trained, every);
  let asked = 0;
  const stop = {
    get isRequested() {
      return ++asked === stopAt;
    },
  };
  const ranks = new Ranks(group, network, { syncBn, stop, checkpoints });
  const divergence = new DivergencePolicy(onNan, trained, execution.sumsOn !== null);
  const loggers = new Loggers([]);
  loggers.epochs.push(...start.epochs);
  const shape = { batchSize: config.batchSize, seed: SEED, limitBatches, ranks };
  const outcome = await trainLoop({
    ...trained,
    config,
    soft: trial.soft ?? false,
    stateBn: trial.stateBn ?? false,
    seed: SEED,
    patience: options.patience ?? null,
    limitBatches,
    bnCalibration: options.bnCalibration ?? 0,
    execution,
    batches: new EpochBatches({ source: source ?? sources.train, ...shape }),
    val: sources.val,
    ranks,
    divergence,
    mixing: options.batch
      ? new BatchMixing(options.batch, { ...MIXING, epochs: config.epochs, rank: group.rank })
      : null,
    distillation: options.teacher === undefined ? null : new Distillation(options.teacher, DISTILLATION),
    checkpoints,
    loggers,
    start,
  }).finally(() => {
    ranks.close();
    divergence.release();
  });
  const tensors = [...checkpointTensors(trained)].map(
    ([name, { data }]) => [name, Buffer.from(data).toString("hex")] as const,
  );
  return { outcome, tensors: new Map(tensors), epochs: loggers.epochs.map(withoutReadings) };
}

function tinyCheckpoints(folder: string, trained: Trained, every: number | undefined): Checkpoints {
  const checkpoints = new CheckpointFolder(folder);
  let steps = 0;
  return {
    isDue: () => every !== undefined && ++steps % every === 0,
    write: (progress) => void checkpoints.write({ progress, tensors: checkpointTensors(trained) }),
    goBack: () => {
      const { tensors, progress, path } = checkpoints.newest();
      restoreTensors(trained, tensors, path);
      return progress;
    },
  };
}

/** What depends on the run alone. */
function withoutReadings(metrics: EpochMetrics): object {
  const { epoch, lr, temperature, noiseScale, train, val, skippedImages, skippedSteps, health } = metrics;
  return { epoch, lr, temperature, noiseScale, train, val, skippedImages, skippedSteps, health };
}
