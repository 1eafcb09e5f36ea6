import type { Dtype } from "./dtype.js";
import { operator, tensorOperator } from "./operator.js";
import { adopt, type Tensor } from "./tensor.js";

const atenReshape = tensorOperator("aten::reshape");
const atenPermute = tensorOperator("aten::permute");
const atenTranspose = tensorOperator("aten::transpose", "int");
const atenFlatten = tensorOperator("aten::flatten", "using_ints");
const atenSlice = tensorOperator("aten::slice", "Tensor");
const atenSelect = tensorOperator("aten::select", "int");
const atenGather = tensorOperator("aten::gather");
const atenIndexSelect = tensorOperator("aten::index_select");
const atenCat = tensorOperator("aten::cat");
const atenStack = tensorOperator("aten::stack");
const atenUnsqueeze = tensorOperator("aten::unsqueeze");
const atenSqueeze = tensorOperator("aten::squeeze", "dim");
const atenExpand = tensorOperator("aten::expand");
const atenPad = tensorOperator("aten::constant_pad_nd");
const atenContiguous = tensorOperator("aten::contiguous");
const atenClone = tensorOperator("aten::clone");
const atenDetach = tensorOperator("aten::detach");
const atenTo = tensorOperator("aten::to", "dtype");
const atenToDevice = tensorOperator("aten::to", "device");
const atenPinMemory = tensorOperator("aten::pin_memory");
const atenSort = operator("aten::sort");
const atenSplit = operator("aten::split", "Tensor");

/** Memory format of `[N, C, H, W]`: row-major, or channels innermost. */
export type MemoryFormat = "contiguous_format" | "channels_last";

/** Reshapes; one size may be −1, which is inferred. */
export function reshape(x: Tensor, shape: readonly number[]): Tensor {
  return atenReshape(x, shape);
}

/** Permutes the dimensions; a view. */
export function permute(x: Tensor, order: readonly number[]): Tensor {
  return atenPermute(x, order);
}

/** Swaps two dimensions; a view. */
export function transpose(x: Tensor, first: number, second: number): Tensor {
  return atenTranspose(x, first, second);
}

/** Flattens the dimensions from `start` on: `[N, C, H, W]` → `[N, C·H·W]` for start = 1. */
export function flatten(x: Tensor, start = 0): Tensor {
  return atenFlatten(x, start, -1);
}

/** Elements start, start + step, … below end of one dimension; a view. */
export function slice(x: Tensor, dimension: number, start: number, end: number, step = 1): Tensor {
  return atenSlice(x, dimension, start, end, step);
}

/** Selects one index of a dimension, which is dropped; a view. */
export function select(x: Tensor, dimension: number, index: number): Tensor {
  return atenSelect(x, dimension, index);
}

/** The given indices (int64 `[n]`) of one dimension, copied. */
export function indexSelect(x: Tensor, dimension: number, indices: Tensor): Tensor {
  return atenIndexSelect(x, dimension, indices);
}

/** Elements by their places along a dimension: y_i… = x at index_i… there. The index, int64, has as many dimensions as x. */
export function gather(x: Tensor, dimension: number, index: Tensor): Tensor {
  return atenGather(x, dimension, index, false);
}

/** Concatenates tensors along a dimension. */
export function concat(tensors: readonly Tensor[], dimension = 0): Tensor {
  return atenCat(tensors, dimension);
}

/** Stacks tensors of one shape along a new dimension. */
export function stack(tensors: readonly Tensor[], dimension = 0): Tensor {
  return atenStack(tensors, dimension);
}

/** Pieces of `length` along a dimension, the last one shorter when it does not divide; views. */
export function split(x: Tensor, length: number, dimension = 0): Tensor[] {
  return (atenSplit(x, length, dimension) as number[]).map(adopt);
}

/** A new dimension of size 1; a view. */
export function unsqueeze(x: Tensor, dimension: number): Tensor {
  return atenUnsqueeze(x, dimension);
}

/** A dimension of size 1 dropped; a view. */
export function squeeze(x: Tensor, dimension: number): Tensor {
  return atenSqueeze(x, dimension);
}

/** Dimensions of size 1 repeated to `shape` without copying; −1 leaves a size as it is. */
export function expand(x: Tensor, shape: readonly number[]): Tensor {
  return atenExpand(x, shape);
}

/** `value` around the last dimensions: `[before, after]` pairs, the last dimension's first. */
export function pad(x: Tensor, beforeAfter: readonly number[], value = 0): Tensor {
  return atenPad(x, beforeAfter, value);
}

/** The tensor in the given memory format; itself if it is already. */
export function contiguous(x: Tensor, format: MemoryFormat = "contiguous_format"): Tensor {
  return atenContiguous(x, format);
}

/** A copy. */
export function clone(x: Tensor): Tensor {
  return atenClone(x);
}

/** A view that is detached from the autograd graph. */
export function detach(x: Tensor): Tensor {
  return atenDetach(x);
}

/** Converts to another dtype; returns the tensor itself if it has it already. */
export function to(x: Tensor, dtype: Dtype): Tensor {
  return atenTo(x, dtype);
}

/** Copies to a device (`"cpu"`, `"cuda:0"`, …); returns the tensor itself if it is there already. */
export function toDevice(x: Tensor, device: string): Tensor {
  return x.device === device ? x : atenToDevice(x, device, x.dtype);
}

/**
 * Copies like `toDevice`, asynchronously: a CUDA device copies from LibTorch's pinned memory after the work queued
 * before, which is not interrupted.
 */
export function sendToDevice(x: Tensor, device: string): Tensor {
  return device.startsWith("cuda") && x.device === "cpu"
    ? atenToDevice(atenPinMemory(x), device, x.dtype, true)
    : toDevice(x, device);
}

/** Sorts along the last dimension in descending order. */
export function sortDescending(x: Tensor): Tensor {
  const [values, indices] = atenSort(x, -1, true) as [number, number];
  adopt(indices).release();
  return adopt(values);
}
