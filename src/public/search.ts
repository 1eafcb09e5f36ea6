/**
 * The search itself: value sets, searched weights, how they are drawn and annealed, and how far a search has come.
 * @module
 */

export { type Annealing, annealed } from "../search/annealing.js";
export { floatScale, setFromFloat, startFromFloat } from "../search/from-float.js";
export { type LogitInit, normalLogits, startFromNormal } from "../search/normal-logits.js";
export { checkStageWeights, stageValues, valuesAfterStage } from "../search/progressive-stages.js";
export {
  type Draw,
  EVALUATION_DRAW,
  type LogitStep,
  logitGradient,
  logitSgdStep,
  sample,
  sampleInto,
} from "../search/sample.js";
export { measureSearch, type SearchStatistics } from "../search/search-statistics.js";
export { SearchedWeight } from "../search/searched-weight.js";
export { checkValueSet } from "../search/value-set.js";
export { valueSetText, valueText } from "../search/value-set-text.js";
export {
  fanInScale,
  type ScaleChoice,
  type ScaleGranularity,
  type ScaleOptions,
  WeightScale,
} from "../search/weight-scale.js";
