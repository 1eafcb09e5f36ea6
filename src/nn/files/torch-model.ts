import { clone, contiguous, to } from "../../tensor/shape.js";
import { asStrided, fromBytes, itemBytes } from "../../tensor/strided.js";
import { scope, type Tensor } from "../../tensor/tensor.js";
import { found } from "../../text/describe.js";
import { InputError } from "../../text/errors.js";
import { TorchTensor, type TorchValue } from "./torch-values.js";

/** Where training scripts keep the model beside an optimizer: Lightning and timm, the original program, others. */
const MODEL_KEYS = ["state_dict", "model_state", "model_state_dict", "model", "net"];

const MAX_DEPTH = 32;
const MAX_VALUES = 2 ** 20;
const MAX_NAME = 1024;
/** Tensors that share elements are copied apart; more copies than this are no model. */
const MAX_COPIES = 4;
const MIN_ELEMENTS = 2 ** 16;

/** The model in a file of `torch.save`: its tensors by dotted name, in its order. */
export interface TorchModel {
  readonly tensors: Map<string, Tensor>;
  /** The key under which the model was, such as "state_dict"; `null` where the file is the model. */
  readonly part: string | null;
}

/** Where a file of `torch.save` keeps the bytes of its storages, by their keys. */
export interface StorageFile {
  /** What the storage is called in messages. */
  nameOf(key: string): string;
  /** Its size in the file, bytes; undefined when it is not there. */
  sizeBytes(key: string): number | undefined;
  /** Its bytes, in a buffer of their own. */
  read(key: string): ArrayBuffer;
}

/**
 * The tensors of what a file's pickle holds: those in nested dictionaries and lists, `{"a": {"b": tensor}}` as `a.b`;
 * other plain values are passed over. Tensors come contiguous, on the CPU, float16, bfloat16 and float64 as float32.
 *
 * Storages are read one at a time, and only those of the model, so the memory is that of the tensors and the largest
 * storage that several tensors share.
 *
 * @throws InputError naming the file `path` and what is wrong with it
 */
export function readTorchModel(value: TorchValue, storages: StorageFile, path: string): TorchModel {
  const { model, part } = namingFile(path, () => choosePart(value));
  const views = namingFile(path, () => namedTensors(model));
  checkSizes(views, storages, path);
  return { tensors: readTensors(views, storages), part };
}

/** Runs `body`, and puts the file's name before what an InputError of it says. */
export function namingFile<Result>(path: string, body: () => Result): Result {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(`${path}: ${error.message}`);
  }
}

function choosePart(value: TorchValue): { model: TorchValue; part: string | null } {
  if (value instanceof Map) {
    for (const part of MODEL_KEYS) {
      const model = value.get(part);
      if (model instanceof Map && namedTensors(model).size > 0) return { model, part };
    }
  }
  return { model: value, part: null };
}

/** Every tensor in dictionaries and lists, by the path of keys to it. */
function namedTensors(root: TorchValue): Map<string, TorchTensor> {
  const tensors = new Map<string, TorchTensor>();
  let visited = 0;
  const visit = (value: TorchValue, name: string, depth: number): void => {
    visited += 1;
    if (depth > MAX_DEPTH || visited > MAX_VALUES || name.length > MAX_NAME) {
      throw new InputError(
        `${found(name)}: expected at most ${MAX_DEPTH} levels of short names, and ${MAX_VALUES} values`,
      );
    }
    if (value instanceof TorchTensor) {
      if (tensors.has(name)) throw new InputError(`${found(name)}: expected one tensor of that name, found two`);
      tensors.set(name, value);
    } else if (value instanceof Map || Array.isArray(value)) {
      for (const [key, item] of value.entries()) visit(item, depth === 0 ? `${key}` : `${name}.${key}`, depth + 1);
    }
  };
  if (root instanceof TorchTensor) throw new InputError("expected a dictionary of tensors by name, found one tensor");
  visit(root, "", 0);
  return tensors;
}

/** Each storage is there, of its size; and all tensors together are not much more than the file. */
function checkSizes(views: ReadonlyMap<string, TorchTensor>, storages: StorageFile, path: string): void {
  let elements = 0;
  let fileElements = 0;
  const keys = new Set<string>();
  for (const [name, { storage, shape }] of views) {
    const expected = storage.numElements * itemBytes(storage.dtype);
    const bytes = storages.sizeBytes(storage.key);
    if (bytes !== expected) {
      const where = found(storages.nameOf(storage.key));
      throw new InputError(
        `${path}: tensor ${found(name)}: expected ${expected} bytes in ${where}, found ${bytes ?? "none"}`,
      );
    }
    if (!keys.has(storage.key)) fileElements += storage.numElements;
    keys.add(storage.key);
    elements += shape.reduce((product, size) => product * size, 1);
  }
  const most = Math.max(MIN_ELEMENTS, MAX_COPIES * fileElements);
  if (elements > most) {
    throw new InputError(`${path}: expected at most ${most} elements in all tensors, found ${elements}`);
  }
}

function readTensors(views: ReadonlyMap<string, TorchTensor>, storages: StorageFile): Map<string, Tensor> {
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
