/**
 * Modules and layers, float or searched, their state, and models from files.
 * @module
 */

export { GELU, Hardswish, ReLU, ReLU6, SiLU } from "../nn/activations.js";
export { BatchNorm1d, BatchNorm2d, keepSoftStatistics, resetStatistics } from "../nn/batch-norm.js";
export { chooseScales, type ScaleRequest } from "../nn/choose-scales.js";
export { Conv1d, type Conv1dOptions } from "../nn/conv1d.js";
export { Conv2d, type Conv2dOptions, type Pair } from "../nn/conv2d.js";
export { Dropout } from "../nn/dropout.js";
export { Embedding, type EmbeddingOptions } from "../nn/embedding.js";
export { type ModelFile, readModelFile } from "../nn/files/read-model.js";
export { Flatten } from "../nn/flatten.js";
export { type FanMode, kaimingNormal, normal, uniform } from "../nn/initialization.js";
export { LayerNorm } from "../nn/layer-norm.js";
export { classifierOf, followingNorm, weightedNodes } from "../nn/layer-roles.js";
export { Linear, type LinearOptions, type LinearSizes, type LinearTensors } from "../nn/linear.js";
export { describeReport, type FloatStart, type LoadReport } from "../nn/load-report.js";
export { type LoadOptions, loadByName } from "../nn/load-state.js";
export { type Mode, Module } from "../nn/module.js";
export { MultiheadAttention, type MultiheadAttentionOptions } from "../nn/multihead-attention.js";
export type { NodeKind, Role } from "../nn/operator-kinds.js";
export { AdaptiveAvgPool2d, AvgPool2d, MaxPool2d, type PoolOptions } from "../nn/pooling.js";
export { MAX_ACTIVATION_BITS, QuantizedActivation } from "../nn/quantized-activation.js";
export { withQuantizedWeights } from "../nn/quantized-weights.js";
export { Residual } from "../nn/residual.js";
export { Sequential, sequential } from "../nn/sequential.js";
export { loadTrainingState, quantizedState, trainingState, unscaledState } from "../nn/state-dict.js";
export { type Graph, type GraphNode, type GraphValue, layerOf, trace } from "../nn/trace.js";
export { WeightedLayer, type WeightOptions } from "../nn/weighted-layer.js";
export type { RecordedCall, RecordedTensor, RecordedValue } from "../tensor/record-calls.js";
