/**
 * Tensors and operators of LibTorch, scopes that release them, random numbers, threads and versions.
 * @module
 */

export {
  gelu,
  hardswish,
  logSoftmax,
  relu,
  relu6,
  reluInPlace,
  sigmoid,
  silu,
  softmax,
  tanh,
} from "../tensor/activation.js";
export type { Handle, MemoryUse, NumericArray, Result, Versions } from "../tensor/addon-types.js";
export {
  abs,
  add,
  addInPlace,
  clamp,
  copyInto,
  div,
  equal,
  exp,
  greater,
  less,
  log,
  matmul,
  mul,
  mulInPlace,
  neg,
  pow,
  sign,
  sqrt,
  sub,
  subInPlace,
} from "../tensor/arithmetic.js";
export { scaledDotProductAttention } from "../tensor/attention.js";
export { noGrad } from "../tensor/autograd.js";
export { type ConvolutionOptions, conv1d, conv2d, linear, type ReductionChunks } from "../tensor/convolution.js";
export { arange, fromTypedArray, full, ones, rand, randn, tensor, zeros, zerosLike } from "../tensor/create.js";
export { dropout } from "../tensor/dropout.js";
export { type Dtype, isInteger } from "../tensor/dtype.js";
export { embedding } from "../tensor/embedding.js";
export { fromEntries, loadTensors, toEntries } from "../tensor/entries.js";
export { crossEntropy, distillationLoss, mseLoss } from "../tensor/loss.js";
export {
  type BatchNormOptions,
  type BatchNormState,
  batchNorm,
  batchNormAdd,
  batchNormRelu,
  layerNorm,
} from "../tensor/normalization.js";
export { operator, tensorOperator } from "../tensor/operator.js";
export { adaptiveAvgPool2d, avgPool2d, globalAvgPool2d, maxPool2d } from "../tensor/pooling.js";
export { allowTf32, autocastBf16, type Precision } from "../tensor/precision.js";
export { birealSign, pact } from "../tensor/quantize.js";
export { argmax, max, mean, min, norm, sum, topk } from "../tensor/reduce.js";
export { cudaDevices, hasMps, manualSeed, memoryUse, setThreads, threads, versions } from "../tensor/runtime.js";
export {
  clone,
  concat,
  contiguous,
  detach,
  expand,
  flatten,
  gather,
  indexSelect,
  type MemoryFormat,
  pad,
  permute,
  reshape,
  select,
  slice,
  sortDescending,
  split,
  squeeze,
  stack,
  to,
  toDevice,
  transpose,
  unsqueeze,
} from "../tensor/shape.js";
export { liveTensors, scope, Tensor } from "../tensor/tensor.js";
export type { Value } from "../tensor/value.js";
