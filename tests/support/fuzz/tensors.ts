// Tensors of every layout, type and kind that a kernel may be handed.
import { addon } from "../../../src/tensor/addon.js";
import type { Handle } from "../../../src/tensor/addon-types.js";
import { tensor } from "../../../src/tensor/create.js";
import type { Dtype } from "../../../src/tensor/dtype.js";
import { between, chance, pick, random } from "./random.js";

/** Calls an operator of LibTorch by its full name. */
export function aten(name: string, ...values: unknown[]): Handle {
  const [base = "", overload = ""] = name.split(".");
  return addon().call(addon().findOperator(`aten::${base}`, overload), ...(values as [])) as Handle;
}

export const DTYPES: Dtype[] = ["float32", "float32", "float32", "float64", "int64", "int64", "int32", "uint8", "bool"];

const SHAPES = [
  [],
  [0],
  [1],
  [3],
  [2, 3],
  [3, 2],
  [3, 3],
  [2, 0, 3],
  [2, 3, 4],
  [1, 2, 4, 4],
  [2, 2, 3, 3],
  [2, 1, 2, 2],
  [1, 16, 3, 5],
  [16, 16, 3, 3],
];

/** A small tensor of any type; some require a gradient, some are no plain tensors. */
export function someTensor(): Handle {
  const shape = pick(SHAPES);
  const count = shape.reduce((a, b) => a * b, 1);
  const values = Array.from({ length: count }, () => pick([0, 1, 2, 3, -1]));
  const made = tensor(values, shape, pick(DTYPES));
  if (made.dtype.startsWith("float") && chance(0.2)) made.requiresGrad = true;
  return chance(0.04) ? oddOf(made.handle) : made.handle;
}

/** What has the shape of a tensor and is none that a kernel may read: no memory, another layout, another meaning. */
export function oddOf(handle: Handle): Handle {
  const shape = addon().shape(handle);
  const makers: (() => Handle)[] = [
    () => aten("_efficientzerotensor", shape, "float32"),
    () => aten("_neg_view", handle),
    () => aten("empty.memory_format", shape, "float32", undefined, "meta"),
    () => aten("to_sparse", handle),
    () => aten("to_mkldnn", handle),
    () => aten("expand", aten("zeros", []), shape),
    () => aten("to.dtype", handle, pick(["float64", "float16", "int64", "bool"])),
    () => aten("unsqueeze", handle, 0),
    () => aten("empty.memory_format", [2 ** 40, 0], "float32"),
  ];
  try {
    return pick(makers)();
  } catch {
    return handle;
  }
}

function fill(count: number): Float64Array {
  const special = chance(0.1) ? 0.05 : 0;
  return Float64Array.from({ length: count }, () =>
    random() < special
      ? pick([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 1e38])
      : 6 * random() - 3,
  );
}

function plain(shape: readonly number[], dtype: Dtype): Handle {
  const count = shape.reduce((a, b) => a * b, 1);
  const values = fill(count);
  if (dtype === "float32") return addon().fromTypedArray(Float32Array.from(values), shape, chance(0.3));
  const wide = addon().fromTypedArray(values, shape, false);
  return dtype === "float64" ? wide : aten("to.dtype", aten("mul.Scalar", wide, 40), dtype);
}

/** A tensor of random numbers, of the shape given but of any strides: contiguous, a slice, transposed, or expanded. */
export function strided(shape: readonly number[], dtype: Dtype = "float32"): Handle {
  const dims = shape.length;
  if (dims === 0 || chance(0.5)) return plain(shape, dtype);
  const axis = between(0, dims - 1);
  switch (between(0, 3)) {
    case 0: {
      const wider = shape.map((size, i) => (i === axis ? size + 3 : size));
      return aten("slice.Tensor", plain(wider, dtype), axis, 2, 2 + (shape[axis] ?? 0), 1);
    }
    case 1: {
      const doubled = shape.map((size, i) => (i === axis ? 2 * size : size));
      return aten("slice.Tensor", plain(doubled, dtype), axis, 0, 2 * (shape[axis] ?? 0), 2);
    }
    case 2: {
      const swapped = [...shape];
      [swapped[0], swapped[axis]] = [shape[axis] ?? 0, shape[0] ?? 0];
      return aten("transpose.int", plain(swapped, dtype), 0, axis);
    }
    default: {
      const narrow = shape.map((size, i) => (i === axis ? Math.min(1, size) : size));
      return aten("expand", plain(narrow, dtype), shape);
    }
  }
}

/** [N, C, H, W], mostly channels-last in memory and dense, as our kernels of images ask for. */
export function images(shape: readonly number[], dtype: Dtype = "float32"): Handle {
  const made = strided(shape, dtype);
  return chance(0.95) ? aten("contiguous", made, "channels_last") : made;
}

/** Contiguous, mostly. */
export function dense(shape: readonly number[], dtype: Dtype = "float32"): Handle {
  return chance(0.97) ? plain(shape, dtype) : strided(shape, dtype);
}
