import { InputError } from "../errors.js";
import { readSafetensors, type SafetensorsDtype, type SafetensorsEntry } from "../run/safetensors.js";
import type { NumericArray } from "../tensor/addon.js";
import { fromTypedArray } from "../tensor/create.js";
import type { Dtype } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";

const DTYPES: Partial<Record<Dtype, SafetensorsDtype>> = {
  float32: "F32",
  float64: "F64",
  int64: "I64",
  int32: "I32",
  int16: "I16",
  int8: "I8",
  uint8: "U8",
};

const ARRAYS: Partial<Record<SafetensorsDtype, (buffer: ArrayBuffer) => NumericArray>> = {
  F32: (buffer) => new Float32Array(buffer),
  F64: (buffer) => new Float64Array(buffer),
  I64: (buffer) => new BigInt64Array(buffer),
  I32: (buffer) => new Int32Array(buffer),
  I16: (buffer) => new Int16Array(buffer),
  I8: (buffer) => new Int8Array(buffer),
  U8: (buffer) => new Uint8Array(buffer),
};

/** Tensors as safetensors entries; the bytes are the tensors' own where they are contiguous. */
export function toEntries(tensors: ReadonlyMap<string, Tensor>): Map<string, SafetensorsEntry> {
  return new Map(
    [...tensors].map(([name, tensor]) => {
      const dtype = DTYPES[tensor.dtype];
      if (dtype === undefined) throw new TypeError(`tensor "${name}" of ${tensor.dtype} cannot be written`);
      const array = tensor.toTypedArray();
      const data = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
      return [name, { dtype, shape: tensor.shape, data }];
    }),
  );
}

/**
 * The tensors of a safetensors file, by name.
 * @throws InputError naming the file when it is not one, or holds a type that we do not read
 */
export function loadTensors(path: string): Map<string, Tensor> {
  return new Map(
    [...readSafetensors(path).tensors].map(([name, { dtype, shape, data }]) => {
      const view = ARRAYS[dtype];
      if (view === undefined) {
        throw new InputError(
          `${path}: tensor "${name}": expected one of ${Object.keys(ARRAYS).join(", ")}, found ${dtype}`,
        );
      }
      const copy = new ArrayBuffer(data.byteLength);
      new Uint8Array(copy).set(data);
      return [name, fromTypedArray(view(copy), shape)];
    }),
  );
}
