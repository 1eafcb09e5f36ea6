import { createHash } from "node:crypto";
import { learningRate, noiseScaleOf, temperatureOf } from "../config/schedule.js";
import type { TrainingRecipe } from "../config/training.js";
import type { BatchSource } from "../data/batch-source.js";
import { disagreement } from "../distributed/agreement.js";
import type { Module } from "../nn/module.js";
import { Sgd } from "../optim/sgd.js";
import type { Checkpoint } from "../run/checkpoint-file.js";
import type { EpochMetrics, PassMetrics } from "../run/metrics-jsonl.js";
import type { BatchPlace, PassSums, RunProgress } from "../run/progress.js";
import { InputError } from "../text/errors.js";
import { calibrateBatchNorms } from "./bn-calibration.js";
import { checkpointTensors, firstNotFinite } from "./checkpoint.js";
import { DivergedError, layerNorms, MAX_ROLLBACKS } from "./divergence.js";
import { type Evaluation, evaluate, StoppedError } from "./evaluate.js";
import { networkHealth, rememberChoices } from "./health.js";
import type { PassTotals, Progress } from "./pass.js";
import { batchesPerEpoch, checkShares, type Training, trainEpoch } from "./train-epoch.js";

/** What becomes of a run's checkpoints. */
export interface Checkpointing {
  /** Whether it is time for one, asked after every step. */
  isDue(): boolean;
  /** Takes a checkpoint: always at the end of an epoch, before `onEpoch`. Its tensors may share the network's memory. */
  write(checkpoint: Checkpoint): void;
  /** Puts network and optimizer back to the last checkpoint, and says where that was. */
  goBack(because: DivergedError): RunProgress;
}

export interface FitOptions extends Training {
  readonly val: BatchSource;
  /** Batches of which batch normalization's running statistics are taken anew before each validation; 0: they stay training's. */
  readonly bnCalibration: number;
  /** Where the run stands: `BEGINNING`, or that of the checkpoint that network and optimizer were restored from. */
  readonly start: RunProgress;
  /** `null`: nothing is kept, and there is nothing to go back to. */
  readonly checkpointing: Checkpointing | null;
  /** Asked after every step; true ends the run there, after a checkpoint. */
  readonly shouldStop: () => boolean;
  readonly onProgress: (progress: Progress) => void;
  /** Told of what an epoch measured. */
  readonly onEpoch: (metrics: EpochMetrics) => void;
}

/** The optimizer of a network, as the recipe says. */
export function newSgd(network: Module, { momentum, weightDecay, optim }: TrainingRecipe): Sgd {
  const parameters = [...network.namedParameters()].map(([, parameter]) => parameter);
  const searched = [...network.namedSearchedWeights()].map(([, weight]) => weight);
  return new Sgd(parameters, searched, { momentum, weightDecay, ...optim });
}

/**
 * Trains a network as the recipe says, evaluating it after each epoch with its best values.
 * @returns whether the run came to its end or was stopped before
 * @throws DivergedError when a training loss is NaN or infinite and `onNan` does not help
 */
export async function fit(options: FitOptions): Promise<"finished" | "stopped"> {
  const { start, checkpointing, onNan } = options;
  checkShares(options, options.together?.group.size ?? 1);
  checkStart(options);
  checkSame(options, "at the start");
  for (let progress = start; ; ) {
    try {
      return await goOn(options, progress);
    } catch (error) {
      if (!(error instanceof DivergedError) || onNan !== "rollback" || checkpointing === null) throw error;
      if (progress.leftOut.length >= MAX_ROLLBACKS) throw gaveUp(error);
      // The checkpoint may be from before a batch was left out.
      progress = { ...checkpointing.goBack(error), leftOut: [...progress.leftOut, error.place] };
    }
  }
}

/** Throws InputError where a run stands at no place of this recipe and data. */
function checkStart({ start: { epochs, pass }, ...training }: FitOptions): void {
  const [most, batches] = [training.recipe.epochs, batchesPerEpoch(training)];
  if (epochs.length > most) {
    throw new InputError(
      `the run's progress: expected at most ${most} epochs, as in its recipe, found ${epochs.length}`,
    );
  }
  if (pass !== null && pass.batch > batches) {
    throw new InputError(
      `the run's progress: expected at most ${batches} batches an epoch, as of this data, found ${pass.batch}`,
    );
  }
}

async function goOn(options: FitOptions, start: RunProgress): Promise<"finished" | "stopped"> {
  const { recipe, checkpointing, together, onProgress, onEpoch } = options;
  const shouldStop = () => together?.isAskedToStop ?? options.shouldStop();
  let progress = start;
  if (start.epochs.length === 0 && start.pass === null) rememberChoices(options.network);
  while (progress.epochs.length < recipe.epochs) {
    const { epochs, leftOut } = progress;
    const between = (sums: () => PassSums) => {
      const stop = shouldStop();
      const isDue = together === null ? checkpointing?.isDue() : together.takeCheckpointDue();
      if (stop || isDue) save(options, { epochs, pass: sums(), leftOut });
      return stop;
    };
    const trained = await trainEpoch(options, epochs.length, { from: progress.pass, leftOut, onProgress, between });
    if (trained === null) return "stopped";
    // Throws where there is nothing to take the mean of, before anything else is done.
    const train = trained.metrics;
    const start = performance.now();
    const isCalibrated = await calibrate(options, epochs.length);
    const val = isCalibrated ? await validate(options, epochs.length) : null;
    if (val === null) {
      save(options, { epochs, pass: trained.sums, leftOut });
      return "stopped";
    }
    const metrics = epochMetrics(options, epochs, {
      train,
      trained,
      val,
      valSeconds: (performance.now() - start) / 1000,
    });
    progress = { epochs: [...epochs, metrics], pass: null, leftOut };
    checkSame(options, `after epoch ${metrics.epoch}`);
    save(options, progress);
    onEpoch(metrics);
    if ((together?.askToStop() ?? options.shouldStop()) && progress.epochs.length < recipe.epochs) return "stopped";
  }
  return "finished";
}

/** Whether it came to its end: when the run was asked to stop meanwhile, it is done again as the run goes on. */
async function calibrate(options: FitOptions, epoch: number): Promise<boolean> {
  const { bnCalibration: batches, shouldStop } = options;
  return batches === 0 || calibrateBatchNorms(options, epoch, { batches, shouldStop });
}

/** `null` when the run was asked to stop meanwhile. */
async function validate(options: FitOptions, epoch: number): Promise<Evaluation | null> {
  const { network, val, limitBatches, execution, onProgress, shouldStop, together } = options;
  const group = together?.group ?? null;
  try {
    return await evaluate(network, val, { epoch: epoch + 1, limitBatches, execution, onProgress, shouldStop, group });
  } catch (error) {
    if (error instanceof StoppedError) return null;
    throw error;
  }
}

/** Throws where a process no longer holds the bits of the others: from then on they would train different networks. */
function checkSame(options: FitOptions, when: string): void {
  const { together } = options;
  if (together === null) return;
  const hash = createHash("sha256");
  for (const [, { data }] of checkpointTensors(options)) hash.update(data);
  const difference = disagreement(together.group, when, { tensors: hash.digest("hex") });
  if (difference !== null) throw new Error(`${when} the processes' networks differ: ${difference}`);
}

/** A checkpoint, if there are any. Of a network that is no longer one it would be of no use, and would take a good one's place. */
function save(options: FitOptions, progress: RunProgress): void {
  const { checkpointing, network } = options;
  const bad = firstNotFinite(options);
  if (bad !== undefined) {
    const place = lastBatch(options, progress);
    throw new DivergedError(
      `epoch ${place.epoch + 1}, batch ${place.batch + 1} or before: ${bad} is no longer finite; a smaller init_lr or temperature ` +
        "annealing may help",
      place,
      layerNorms(network),
    );
  }
  checkpointing?.write({ progress, tensors: checkpointTensors(options) });
}

function lastBatch(training: Training, { epochs, pass }: RunProgress): BatchPlace {
  if (pass !== null) return { epoch: epochs.length, batch: pass.batch - 1 };
  return { epoch: epochs.length - 1, batch: batchesPerEpoch(training) - 1 };
}

function gaveUp({ message, place, layers }: DivergedError): DivergedError {
  return new DivergedError(`${message} (went back ${MAX_ROLLBACKS} times before)`, place, layers);
}

interface MeasuredEpoch {
  readonly train: PassMetrics;
  readonly trained: PassTotals;
  readonly val: Evaluation;
  readonly valSeconds: number;
}

function epochMetrics(
  options: FitOptions,
  before: readonly EpochMetrics[],
  { train, trained, val, valSeconds }: MeasuredEpoch,
): EpochMetrics {
  const { network, recipe, together } = options;
  const epoch = before.length;
  const health = networkHealth(network, temperatureOf(recipe, epoch));
  const { images, skipped, skippedSteps, dataWaitSeconds, seconds: trainSeconds } = trained;
  return {
    epoch: epoch + 1,
    lr: learningRate(recipe, batchesPerEpoch(options), epoch, 0),
    temperature: temperatureOf(recipe, epoch),
    noiseScale: noiseScaleOf(recipe, epoch),
    train,
    val: val.metrics,
    trainSeconds,
    valSeconds,
    imagesPerSecond: images / trainSeconds,
    dataWaitSeconds,
    skippedImages: skipped + val.skipped,
    skippedSteps,
    // Of all processes that the run went through.
    peakMemoryBytes: Math.max(before.at(-1)?.peakMemoryBytes ?? 0, process.resourceUsage().maxRSS * 1024),
    ...(together !== null && { communication: together.takeCommunication() }),
    ...(health.length > 0 && { health }),
  };
}
