/**
 * Trains low-bit neural networks by searching every weight over a preset value set: `train`, `resume`, and what they take and return.
 * @module
 */

export { LOGIT_KEYS, NORM_KEYS, OPTIM_KEYS } from "./config/optim-keys.js";
export type { ConfigOverrides } from "./config/overrides.js";
export type { TrainingKey, ValuesOf } from "./config/training-key.js";
export {
  type OverrideName,
  type OverrideValues,
  TRAINING_KEYS,
  type TrainingConfig,
  type ValueOf,
} from "./config/training-keys.js";
export type { LayerStatistics } from "./run/layer-statistics.js";
export type { Logger, PackedSize, Progress, RunEnd, RunStart } from "./run/logger.js";
export type { Communication, EpochMetrics, PassMetrics } from "./run/metrics-jsonl.js";
export {
  type Machine,
  type OwnPart,
  type RunSettings,
  SETTINGS,
  type SearchSettings,
  type Setting,
  type SettingGroup,
  type SettingName,
  type SettingValues,
} from "./run/settings.js";
export { InputError } from "./text/errors.js";
export type { Kind } from "./text/kinds.js";
export { DivergedError, type LayerNorm } from "./train/divergence.js";
export { RunFailure } from "./train/failure.js";
export type { LossContext, LossFunction } from "./train/loss-function.js";
export type {
  Note,
  PlaceOptions,
  ResumedRun,
  ResumeOptions,
  SignalAnswers,
  TrainOptions,
  TrainResult,
} from "./train/options.js";
export { resume, train } from "./train/train.js";
