/**
 * Optimizers, running means and learning-rate schedules.
 * @module
 */

export { AdamW, type AdamWOptions } from "../optim/adamw.js";
export type {
  OptimizedParameter,
  OptimizerDefinition,
  OptimizerParts,
  OptionSchema,
  OptionValue,
} from "../optim/definition.js";
export { Ema } from "../optim/ema.js";
export { type CosineSchedule, type LearningRateSchedule, learningRateAt } from "../optim/learning-rate.js";
export type { Optimizer, OptimizerSlot, ParameterSettings, SearchedLogits } from "../optim/optimizer.js";
export { Sgd, type SgdGroup, type SgdOptions, type SgdSettings } from "../optim/sgd.js";
