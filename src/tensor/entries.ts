import { readSafetensors, type SafetensorsDtype, type SafetensorsEntry } from "../formats/safetensors.js";
import type { Dtype } from "./dtype.js";
import { fromBytes } from "./strided.js";
import type { Tensor } from "./tensor.js";

const DTYPES: Partial<Record<Dtype, SafetensorsDtype>> = {
  float32: "F32",
  float64: "F64",
  int64: "I64",
  int32: "I32",
  int16: "I16",
  int8: "I8",
  uint8: "U8",
};

const READ: Record<SafetensorsDtype, Dtype> = {
  F32: "float32",
  F64: "float64",
  F16: "float16",
  BF16: "bfloat16",
  I64: "int64",
  I32: "int32",
  I16: "int16",
  I8: "int8",
  U8: "uint8",
  BOOL: "bool",
};

/** Converts tensors to safetensors entries; the bytes are shared with contiguous tensors. */
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

/** Converts entries to tensors over copies of their bytes. */
export function fromEntries(entries: ReadonlyMap<string, SafetensorsEntry>): Map<string, Tensor> {
  return new Map(
    [...entries].map(([name, { dtype, shape, data }]) => {
      const copy = new ArrayBuffer(data.byteLength);
      new Uint8Array(copy).set(data);
      return [name, fromBytes(copy, READ[dtype], shape)];
    }),
  );
}

/**
 * The tensors of a safetensors file, by name.
 * @throws InputError naming the file if it is not one
 */
export function loadTensors(path: string): Map<string, Tensor> {
  return fromEntries(readSafetensors(path).tensors);
}
