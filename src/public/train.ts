/**
 * The training loop and the components that it calls, for trainings that `train` does not fit.
 * @module
 */

export { loadTrainingConfig, parseTrainingConfig, trainingJson } from "../config/training.js";
export { ALONE, type Group, type Reduction } from "../distributed/group.js";
export type { BucketSpan, ReductionTimeline } from "../distributed/reduction-timeline.js";
export { Loggers } from "../run/loggers.js";
export { type BatchPlace, BEGINNING, type PassSums, type RunProgress } from "../run/progress.js";
export { BatchMixing, type BatchMixingOptions, type StepBatch } from "../train/batch-mixing.js";
export { type CalibratedRun, calibrateBatchNorms } from "../train/bn-calibration.js";
export {
  type Checkpoints,
  checkpointTensors,
  NO_CHECKPOINTS,
  restoreTensors,
  type Trained,
} from "../train/checkpoint.js";
export { Distillation } from "../train/distillation.js";
export type { OnNan } from "../train/divergence.js";
export {
  DivergencePolicy,
  type GoesBack,
  MAX_ROLLBACKS,
  MAX_SKIPPED_IN_A_ROW,
  type Verdict,
} from "../train/divergence-policy.js";
export {
  checkProgress,
  checkShares,
  EpochBatches,
  type EpochBatchesOptions,
  type SharingRanks,
  type TrainingBatch,
  type TrainingStream,
} from "../train/epoch-batches.js";
export { type EvaluateOptions, type Evaluation, evaluate, StoppedError } from "../train/evaluate.js";
export { type Execution, executionOn, inPrecision, STEP_BY_STEP } from "../train/execution.js";
export { trainLoop } from "../train/loop.js";
export { type ImageSums, MetricAccumulator } from "../train/metric-accumulator.js";
export { newEma, newOptimizer } from "../train/new-optimizer.js";
export { type Due, type PendingSums, Ranks, type RanksOptions, type StopRequest } from "../train/ranks.js";
export type { TrainingRun } from "../train/training-run.js";
