import { join } from "node:path";
import type { TorchModel } from "../../src/formats/torch/model.js";
import { ITEM_BYTES, type StorageDtype } from "../../src/formats/torch/values.js";
import { packageRoot } from "../../src/system/package-root.js";

/** A file that PyTorch wrote: tests/fixtures/checkpoints/make.py. */
export function checkpoint(name: string): string {
  return join(packageRoot(), "tests", "fixtures", "checkpoints", name);
}

/** Reads one element, little-endian. */
const READ: Record<StorageDtype, (bytes: DataView, at: number) => number> = {
  float32: (bytes, at) => bytes.getFloat32(at, true),
  float64: (bytes, at) => bytes.getFloat64(at, true),
  float16: (bytes, at) => fromHalf(bytes.getUint16(at, true)),
  bfloat16: (bytes, at) => fromBfloat16(bytes.getUint16(at, true)),
  int64: (bytes, at) => Number(bytes.getBigInt64(at, true)),
  int32: (bytes, at) => bytes.getInt32(at, true),
  int16: (bytes, at) => bytes.getInt16(at, true),
  int8: (bytes, at) => bytes.getInt8(at),
  uint8: (bytes, at) => bytes.getUint8(at),
  bool: (bytes, at) => bytes.getUint8(at),
};

/** The part of the file that is the model, and every tensor of it as [name, dtype, shape, values], read element by element. */
export function listTensors({ tensors, storages, part }: TorchModel): { part: string | null; tensors: unknown[] } {
  const listed = [...tensors].map(([name, { storage, offset, shape, strides }]) => {
    const bytes = new DataView(storages.read(storage.key));
    const values = places(shape, strides, offset).map((place) =>
      READ[storage.dtype](bytes, place * ITEM_BYTES[storage.dtype]),
    );
    return [name, storage.dtype, shape, values];
  });
  return { part, tensors: listed };
}

/** Where in its storage each element of a strided view lies, in row-major order. */
function places(shape: readonly number[], strides: readonly number[], offset: number): number[] {
  return shape.reduce(
    (starts, size, dimension) =>
      starts.flatMap((start) => Array.from({ length: size }, (_, index) => start + index * (strides[dimension] ?? 0))),
    [offset],
  );
}

/** IEEE 754 binary16, finite. */
function fromHalf(bits: number): number {
  const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 0x1f, bits & 0x3ff];
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

function fromBfloat16(bits: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint16(0, bits);
  return view.getFloat32(0);
}
