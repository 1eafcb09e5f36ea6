import { found } from "../../text/describe.js";
import { InputError } from "../../text/errors.js";
import { ITEM_BYTES, TorchTensor, type TorchValue } from "./values.js";

/** Where training scripts keep the model beside an optimizer: Lightning and timm, the original program, others. */
const MODEL_KEYS = ["state_dict", "model_state", "model_state_dict", "model", "net"];

const MAX_DEPTH = 32;
const MAX_VALUES = 2 ** 20;
const MAX_NAME = 1024;
/** Tensors that share elements are copied apart; more copies than this are no model. */
const MAX_COPIES = 4;
const MIN_ELEMENTS = 2 ** 16;

/** The model in a file of `torch.save`, while that file is open. */
export interface TorchModel {
  /** Its tensors by dotted name, in the file's order. */
  readonly tensors: ReadonlyMap<string, TorchTensor>;
  /** What they are views of. */
  readonly storages: StorageFile;
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
 * Finds the tensors in what a file's pickle holds: those in nested dictionaries and lists, `{"a": {"b": tensor}}` as
 * `a.b`; other plain values are passed over. Checks that the file has their storages whole.
 *
 * @throws InputError naming the file `path` and what is wrong with it
 */
export function findModel(value: TorchValue, storages: StorageFile, path: string): TorchModel {
  const { model, part } = namingFile(path, () => choosePart(value));
  const tensors = namingFile(path, () => namedTensors(model));
  checkSizes(tensors, storages, path);
  return { tensors, storages, part };
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
function checkSizes(tensors: ReadonlyMap<string, TorchTensor>, storages: StorageFile, path: string): void {
  let elements = 0;
  let fileElements = 0;
  const keys = new Set<string>();
  for (const [name, { storage, shape }] of tensors) {
    const expected = storage.numElements * ITEM_BYTES[storage.dtype];
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
