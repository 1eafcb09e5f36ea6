import { found } from "../../text/describe.js";
import { InputError } from "../../text/errors.js";
import type { PickleItem } from "../pickle/rules.js";

/** Bytes of one element of each type of storage, by PyTorch's names. */
export const ITEM_BYTES = {
  float32: 4,
  float64: 8,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint8: 1,
  bool: 1,
} as const;

/** The element type of a storage. */
export type StorageDtype = keyof typeof ITEM_BYTES;

/** What `torch.save` writes and we read; tuples are lists. */
export type TorchValue = PickleItem<TorchKey, TorchObject>;

/** What it writes beside plain values, lists and dictionaries. */
export type TorchObject = TorchGlobal | TorchStorage | StorageView | TorchTensor | Inert;

/** A dictionary's key. */
export type TorchKey = string | number | boolean | null;

/** A value that is recognised, holds no tensor and is not needed: a NumPy number, a set, a device. */
export class Inert {}

/** A function or class that a pickle names; recognised here, never run. */
export class TorchGlobal {
  constructor(
    readonly name: string,
    readonly kind: "dict" | "tensor" | "parameter" | "list" | "inert" | StorageDtype,
  ) {}
}

/** A storage: `numElements` of one type, which the file keeps under `key`. */
export class TorchStorage {
  constructor(
    readonly key: string,
    readonly dtype: StorageDtype,
    readonly numElements: number,
  ) {}
}

/** Elements [offset, offset + numElements) of a storage, which stand for a storage of their own (before PyTorch 1.6). */
export class StorageView {
  constructor(
    readonly storage: TorchStorage,
    readonly offset: number,
    readonly numElements: number,
  ) {}
}

/** A tensor: a strided view of a storage, all in elements, checked to lie inside it. */
export class TorchTensor {
  constructor(
    readonly storage: TorchStorage,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {}
}

const GLOBALS = new Map<string, TorchGlobal["kind"]>([
  ["collections OrderedDict", "dict"],
  ["collections defaultdict", "dict"],
  ["argparse Namespace", "dict"],
  ["torch._utils _rebuild_tensor", "tensor"],
  ["torch._utils _rebuild_tensor_v2", "tensor"],
  ["torch._utils _rebuild_parameter", "parameter"],
  ["torch._utils _rebuild_parameter_with_state", "parameter"],
  // Before PyTorch 0.4, as a class.
  ["torch.nn.parameter Parameter", "parameter"],
  ["torch Size", "list"],
  ["torch DoubleStorage", "float64"],
  ["torch FloatStorage", "float32"],
  ["torch HalfStorage", "float16"],
  ["torch BFloat16Storage", "bfloat16"],
  ["torch LongStorage", "int64"],
  ["torch IntStorage", "int32"],
  ["torch ShortStorage", "int16"],
  ["torch CharStorage", "int8"],
  ["torch ByteStorage", "uint8"],
  ["torch BoolStorage", "bool"],
]);

/** What training scripts keep beside a model: NumPy's numbers, a scheduler's milestones, devices, paths, sets. */
const INERT =
  /^(numpy\._?core\.multiarray scalar|numpy dtype|_codecs encode|collections Counter|(__builtin__|builtins) (set|frozenset|complex|list|dict|int|float)|pathlib (Posix|PurePosix)?Path|torch (device|(float|bfloat|complex|u?int|q?u?int)\d+|bool))$/;

const MAX_NAME = 256;
const MAX_DIMENSIONS = 16;

/** Recognises a function or class by its module and name. Throws InputError for any other, naming it. */
export function findGlobal(module: string, name: string): TorchGlobal {
  if (module.length + name.length > MAX_NAME) throw new InputError("expected a short name of a function or class");
  const kind = GLOBALS.get(`${module} ${name}`) ?? (INERT.test(`${module} ${name}`) ? "inert" : undefined);
  const full = `${module}.${name}`;
  if (kind === undefined) {
    throw new InputError(
      `expected tensors, dictionaries and plain values only, found Python's ${found(full)}, which is not run; ` +
        "write the model with torch.save(model.state_dict(), file)",
    );
  }
  return new TorchGlobal(full, kind);
}

/** What calling a recognised function gives. Throws InputError when its arguments are not as PyTorch writes them. */
export function callGlobal(callee: TorchValue | undefined, args: TorchValue | undefined): TorchValue {
  if (!(callee instanceof TorchGlobal && Array.isArray(args))) {
    throw new InputError("expected a call of a function with a list of arguments");
  }
  switch (callee.kind) {
    case "inert":
      return new Inert();
    case "dict":
      // Items follow one by one; Python 2, whose files have rules of their own, gave them here.
      if (!Array.isArray(args[0])) return new Map();
      break;
    case "list":
      if (Array.isArray(args[0])) return args[0];
      break;
    case "parameter":
      if (args[0] instanceof TorchTensor) return args[0];
      break;
    case "tensor":
      return makeTensor(args);
  }
  throw new InputError(`${callee.name}: expected other arguments`);
}

/** A storage from its persistent id: ("storage", its class, its key, the device it was on, its number of elements). */
export function makeStorage(id: TorchValue | undefined): TorchStorage {
  if (Array.isArray(id)) {
    const [tag, type, key, device, numElements] = id;
    const isStorage = tag === "storage" && type instanceof TorchGlobal && type.name.endsWith("Storage");
    if (isStorage && typeof key === "string" && typeof device === "string" && isSize(numElements)) {
      return new TorchStorage(key, type.kind as StorageDtype, numElements);
    }
  }
  throw new InputError("expected the id of a storage");
}

/** A part of a storage: all of it for `null`, else by (the part's own key, its offset, its number of elements). */
export function makeStorageView(storage: TorchStorage, view: TorchValue | undefined): TorchStorage | StorageView {
  if (view === null) return storage;
  if (Array.isArray(view)) {
    const [, offset, numElements] = view;
    if (view.length === 3 && isSize(offset) && isSize(numElements) && offset + numElements <= storage.numElements) {
      return new StorageView(storage, offset, numElements);
    }
  }
  throw new InputError(`expected a part of a storage of ${storage.numElements} elements, found other numbers`);
}

/** A dictionary's key. Throws InputError for one that is neither a text nor a number. */
export function asKey(value: TorchValue | undefined): TorchKey {
  if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    return value;
  throw new InputError("expected dictionary keys that are texts or numbers");
}

/** `_rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, backward_hooks)` */
function makeTensor([storage, offset, shape, strides]: readonly TorchValue[]): TorchTensor {
  const isStorage = storage instanceof TorchStorage || storage instanceof StorageView;
  const known = isStorage && isSize(offset) && isSizes(shape) && isSizes(strides);
  if (!known || shape.length !== strides.length) {
    throw new InputError("tensor: expected a storage, an offset, a shape and strides");
  }
  const count = shape.reduce((product, size) => product * Math.max(size, 1), 1);
  if (!Number.isSafeInteger(count)) throw new InputError(`tensor [${shape}]: expected fewer elements`);
  const isEmpty = shape.includes(0);
  const last = shape.reduce((sum, size, dimension) => sum + (size - 1) * (strides[dimension] ?? 0), offset);
  if (!isEmpty && last >= storage.numElements) {
    throw new InputError(
      `tensor [${shape}], strides [${strides}], offset ${offset}: expected it inside its storage of ` +
        `${storage.numElements} elements, found it to end at ${last + 1}`,
    );
  }
  // Copies, because the pickle can still append to its own lists.
  const [sizes, steps] = [[...shape], [...strides]];
  if (storage instanceof TorchStorage) return new TorchTensor(storage, offset, sizes, steps);
  return new TorchTensor(storage.storage, storage.offset + offset, sizes, steps);
}

function isSize(value: TorchValue | undefined): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isSizes(value: TorchValue | undefined): value is number[] {
  return Array.isArray(value) && value.length <= MAX_DIMENSIONS && value.every(isSize);
}
