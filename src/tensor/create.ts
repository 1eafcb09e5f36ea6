import { addon } from "./addon.js";
import type { NumericArray } from "./addon-types.js";
import type { Dtype } from "./dtype.js";
import { tensorOperator } from "./operator.js";
import { adopt, type Tensor } from "./tensor.js";

const atenZeros = tensorOperator("aten::zeros");
const atenOnes = tensorOperator("aten::ones");
const atenFull = tensorOperator("aten::full");
const atenRand = tensorOperator("aten::rand");
const atenRandn = tensorOperator("aten::randn");
const atenArange = tensorOperator("aten::arange", "start");
const atenZerosLike = tensorOperator("aten::zeros_like");
const atenTo = tensorOperator("aten::to", "dtype");

/**
 * A tensor of the given shape from a typed array in row-major order; its dtype is the array's (`BigInt64Array` is
 * int64). Copies, unless `share` is set: then tensor and array share memory, and the array is kept alive; its buffer
 * must not be transferred or resized while the tensor lives.
 * @throws if the shape does not hold exactly the array's elements.
 */
export function fromTypedArray(array: NumericArray, shape: readonly number[], { share = false } = {}): Tensor {
  return adopt(addon().fromTypedArray(array, shape, share));
}

/**
 * A tensor from numbers in row-major order; `shape` defaults to one dimension, `dtype` to float32.
 * @throws TypeError if `values` holds anything but numbers (nested arrays are not supported: give a shape)
 */
export function tensor(
  values: readonly number[],
  shape: readonly number[] = [values.length],
  dtype: Dtype = "float32",
): Tensor {
  if (!Array.isArray(values)) throw new TypeError(`tensor: expected an array of numbers but received ${typeof values}`);
  const odd = values.findIndex((value) => typeof value !== "number");
  if (odd >= 0) throw new TypeError(`tensor: element ${odd}: expected a number but received ${typeof values[odd]}`);
  if (dtype === "int64")
    return fromTypedArray(
      BigInt64Array.from(values, (value) => BigInt(value)),
      shape,
    );
  if (dtype === "float64") return fromTypedArray(Float64Array.from(values), shape);
  if (dtype === "float32") return fromTypedArray(Float32Array.from(values), shape);
  return atenTo(fromTypedArray(Float64Array.from(values), shape), dtype);
}

/** Zeros. */
export function zeros(shape: readonly number[], dtype: Dtype = "float32"): Tensor {
  return atenZeros(shape, dtype);
}

/** Ones. */
export function ones(shape: readonly number[], dtype: Dtype = "float32"): Tensor {
  return atenOnes(shape, dtype);
}

/** Every element `value`. */
export function full(shape: readonly number[], value: number, dtype: Dtype = "float32"): Tensor {
  return atenFull(shape, value, dtype);
}

/** Zeros of another tensor's shape, dtype and memory format. */
export function zerosLike(other: Tensor): Tensor {
  return atenZerosLike(other);
}

/** Uniform in [0, 1), from the generator that `manualSeed` seeds. */
export function rand(shape: readonly number[], dtype: Dtype = "float32"): Tensor {
  return atenRand(shape, dtype);
}

/** Standard normal, from the generator that `manualSeed` seeds. */
export function randn(shape: readonly number[], dtype: Dtype = "float32"): Tensor {
  return atenRandn(shape, dtype);
}

/** start, start + 1, … below end: `[end - start]`. */
export function arange(start: number, end: number, dtype: Dtype = "int64"): Tensor {
  return atenArange(start, end, dtype);
}
