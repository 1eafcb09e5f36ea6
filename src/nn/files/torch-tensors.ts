import type { TorchModel } from "../../formats/torch/model.js";
import type { TorchTensor } from "../../formats/torch/values.js";
import { clone, contiguous, to } from "../../tensor/shape.js";
import { asStrided, fromBytes } from "../../tensor/strided.js";
import { scope, type Tensor } from "../../tensor/tensor.js";

/**
 * Reads the tensors of a file of `torch.save`, each with memory of its own: contiguous, on the CPU, float16, bfloat16
 * and float64 as float32.
 *
 * Storages are read one at a time, and only those of the model, so the memory is that of the tensors and the largest
 * storage that several tensors share.
 *
 * @throws InputError naming the file when it cannot be read
 */
export function readTorchTensors({ tensors: views, storages }: TorchModel): Map<string, Tensor> {
  const users = new Map<string, number>();
  for (const { storage } of views.values()) users.set(storage.key, (users.get(storage.key) ?? 0) + 1);
  const left = new Map(users);
  const shared = new Map<string, ArrayBuffer>();
  return scope(() => {
    const tensors = new Map<string, Tensor>();
    for (const [name, view] of views) {
      const { key } = view.storage;
      const bytes = shared.get(key) ?? storages.read(key);
      const rest = (left.get(key) ?? 0) - 1;
      left.set(key, rest);
      if (rest > 0) shared.set(key, bytes);
      else shared.delete(key);
      const tensor = scope(() => ownTensor(view, bytes, users.get(key) === 1));
      tensors.set(name, tensor);
    }
    return tensors;
  });
}

/** The view as a tensor of its own: over `bytes` themselves where they are it and no other tensor needs them. */
function ownTensor({ storage, offset, shape, strides }: TorchTensor, bytes: ArrayBuffer, alone: boolean): Tensor {
  const { dtype, numElements } = storage;
  const isFloat = dtype === "float16" || dtype === "bfloat16" || dtype === "float64";
  if (alone && !isFloat && isWhole(shape, strides, numElements)) return fromBytes(bytes, dtype, shape);
  const part = asStrided(fromBytes(bytes, dtype, [numElements]), shape, strides, offset);
  return clone(contiguous(isFloat ? to(part, "float32") : part));
}

/** Whether the elements are all the storage's, in row-major order. */
function isWhole(shape: readonly number[], strides: readonly number[], numElements: number): boolean {
  let step = 1;
  for (let dimension = shape.length - 1; dimension >= 0; dimension -= 1) {
    if (shape[dimension] !== 1 && strides[dimension] !== step) return false;
    step *= shape[dimension] ?? 0;
  }
  return step === numElements;
}
