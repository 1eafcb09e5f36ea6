import type { NumericArray } from "./addon-types.js";
import { fromTypedArray } from "./create.js";
import type { Dtype } from "./dtype.js";
import { tensorOperator } from "./operator.js";
import { scope, type Tensor } from "./tensor.js";

const atenView = tensorOperator("aten::view", "dtype");
const atenAsStrided = tensorOperator("aten::as_strided");

/** A typed array over bytes; types that JavaScript lacks are represented by an integer type of their size. */
const ARRAYS: Record<Dtype, { view: (bytes: ArrayBuffer) => NumericArray; carried: boolean }> = {
  float32: { view: (bytes) => new Float32Array(bytes), carried: false },
  float64: { view: (bytes) => new Float64Array(bytes), carried: false },
  float16: { view: (bytes) => new Int16Array(bytes), carried: true },
  bfloat16: { view: (bytes) => new Int16Array(bytes), carried: true },
  int64: { view: (bytes) => new BigInt64Array(bytes), carried: false },
  int32: { view: (bytes) => new Int32Array(bytes), carried: false },
  int16: { view: (bytes) => new Int16Array(bytes), carried: false },
  int8: { view: (bytes) => new Int8Array(bytes), carried: false },
  uint8: { view: (bytes) => new Uint8Array(bytes), carried: false },
  bool: { view: (bytes) => new Uint8Array(bytes), carried: true },
};

/**
 * Wraps the little-endian, row-major elements in `bytes` as a tensor of the given shape, without copying; the buffer
 * must not be used otherwise while the tensor lives.
 * @throws if the shape does not match the number of bytes
 */
export function fromBytes(bytes: ArrayBuffer, dtype: Dtype, shape: readonly number[]): Tensor {
  const { view, carried } = ARRAYS[dtype];
  return scope(() => {
    const carrier = fromTypedArray(view(bytes), shape, { share: true });
    return carried ? atenView(carrier, dtype) : carrier;
  });
}

/**
 * Element [i, j, …] is the storage's element offset + i·strides[0] + j·strides[1] + …; a view.
 * @throws if that is outside the storage
 */
export function asStrided(
  storage: Tensor,
  shape: readonly number[],
  strides: readonly number[],
  offset: number,
): Tensor {
  return atenAsStrided(storage, shape, strides, offset);
}
