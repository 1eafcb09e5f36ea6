/**
 * Modules and layers, float or searched, their state, and models from files.
 * @module
 */

export { BatchNorm2d, keepSoftStatistics, resetStatistics } from "../nn/batch-norm.js";
export { Conv2d, type Conv2dOptions } from "../nn/conv2d.js";
export { type ModelFile, readModelFile } from "../nn/files/read-model.js";
export { type FanMode, kaimingNormal, normal, uniform } from "../nn/initialization.js";
export { classifierOf, followingNorm, weightedNodes } from "../nn/layer-roles.js";
export { Linear, type LinearOptions } from "../nn/linear.js";
export { describeReport, type FloatStart, type LoadReport } from "../nn/load-report.js";
export { type LoadOptions, loadByName } from "../nn/load-state.js";
export { type Mode, Module } from "../nn/module.js";
export type { NodeKind, Role } from "../nn/operator-kinds.js";
export { MAX_ACTIVATION_BITS, QuantizedActivation } from "../nn/quantized-activation.js";
export { withQuantizedWeights } from "../nn/quantized-weights.js";
export { sequential } from "../nn/sequential.js";
export { loadTrainingState, quantizedState, trainingState } from "../nn/state-dict.js";
export { type Graph, type GraphNode, type GraphValue, layerOf, trace } from "../nn/trace.js";
export type { RecordedCall, RecordedTensor, RecordedValue } from "../tensor/record-calls.js";
