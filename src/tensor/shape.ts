import type { Dtype } from "./dtype.js";
import { operator, tensorOperator } from "./operator.js";
import { adopt, type Tensor } from "./tensor.js";

const atenReshape = tensorOperator("aten::reshape");
const atenPermute = tensorOperator("aten::permute");
const atenTranspose = tensorOperator("aten::transpose", "int");
const atenFlatten = tensorOperator("aten::flatten", "using_ints");
const atenSlice = tensorOperator("aten::slice", "Tensor");
const atenSelect = tensorOperator("aten::select", "int");
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

/** How the elements of `[N, C, H, W]` lie in memory: row-major, or with the channels innermost. */
export type MemoryFormat = "contiguous_format" | "channels_last";

/** The same elements in another shape; one size may be −1, which is what is left. */
export function reshape(x: Tensor, shape: readonly number[]): Tensor {
  return atenReshape(x, shape);
}

/** Dimensions in another order; a view. */
export function permute(x: Tensor, order: readonly number[]): Tensor {
  return atenPermute(x, order);
}

/** Two dimensions exchanged; a view. */
export function transpose(x: Tensor, first: number, second: number): Tensor {
  return atenTranspose(x, first, second);
}

/** Dimensions from `start` on made one: `[N, C, H, W]` → `[N, C·H·W]` for start = 1. */
export function flatten(x: Tensor, start = 0): Tensor {
  return atenFlatten(x, start, -1);
}

/** Elements start, start + step, … below end of one dimension; a view. */
export function slice(x: Tensor, dimension: number, start: number, end: number, step = 1): Tensor {
  return atenSlice(x, dimension, start, end, step);
}

/** One index of one dimension, which goes; a view. */
export function select(x: Tensor, dimension: number, index: number): Tensor {
  return atenSelect(x, dimension, index);
}

/** The given indices (int64 `[n]`) of one dimension, copied. */
export function indexSelect(x: Tensor, dimension: number, indices: Tensor): Tensor {
  return atenIndexSelect(x, dimension, indices);
}

/** Tensors one after the other along a dimension. */
export function concat(tensors: readonly Tensor[], dimension = 0): Tensor {
  return atenCat(tensors, dimension);
}

/** Tensors of one shape along a new dimension. */
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

/** The tensor laid out as asked; itself when it is already. */
export function contiguous(x: Tensor, format: MemoryFormat = "contiguous_format"): Tensor {
  return atenContiguous(x, format);
}

/** A copy. */
export function clone(x: Tensor): Tensor {
  return atenClone(x);
}

/** The same memory, cut from the recorded operations. */
export function detach(x: Tensor): Tensor {
  return atenDetach(x);
}

/** Converted to another dtype; itself when it has it already. */
export function to(x: Tensor, dtype: Dtype): Tensor {
  return atenTo(x, dtype);
}

/** The tensor on a device (`"cpu"`, `"cuda:0"`, …); itself when it is there already. */
export function toDevice(x: Tensor, device: string): Tensor {
  return x.device === device ? x : atenToDevice(x, device, x.dtype);
}

/**
 * As `toDevice`, without waiting: a CUDA device copies from pinned memory of LibTorch's when it gets to it, so that what
 * was asked of it before goes on.
 */
export function sendToDevice(x: Tensor, device: string): Tensor {
  return device.startsWith("cuda") && x.device === "cpu"
    ? atenToDevice(atenPinMemory(x), device, x.dtype, true)
    : toDevice(x, device);
}

/** The elements of each last dimension in falling order. */
export function sortDescending(x: Tensor): Tensor {
  const [values, indices] = atenSort(x, -1, true) as [number, number];
  adopt(indices).release();
  return adopt(values);
}
