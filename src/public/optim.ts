/**
 * Optimizers and learning-rate schedules.
 * @module
 */

export { type CosineSchedule, type LearningRateSchedule, learningRateAt } from "../optim/learning-rate.js";
export { type SelfUpdating, Sgd, type SgdGroup, type SgdOptions } from "../optim/sgd.js";
