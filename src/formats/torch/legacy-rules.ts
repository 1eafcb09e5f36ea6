import { found } from "../../text/describe.js";
import { InputError } from "../../text/errors.js";
import type { PickleRules } from "../pickle/rules.js";
import { torchRules } from "./pickle.js";
import {
  asKey,
  callGlobal,
  makeStorage,
  makeStorageView,
  TorchGlobal,
  type TorchKey,
  type TorchObject,
  type TorchStorage,
  TorchTensor,
  type TorchValue,
} from "./values.js";

/** Pickle rules whose objects are what `torch.save` stores. */
export type Rules = PickleRules<TorchKey, TorchObject>;

/** Rules for the pickles of one file, and the storages, by key, that its pickles have named so far. */
export interface LegacyRules {
  readonly rules: Rules;
  readonly storages: ReadonlyMap<string, TorchStorage>;
}

/**
 * Rules for the pickles in files of PyTorch before 1.6, which differ in three ways: a storage's id says which part of
 * the storage is meant; Python 2 wrote some, whose texts are byte strings and whose OrderedDict takes its items as an
 * argument; and before PyTorch 0.4 a Parameter is an object with a state, not the result of a function.
 */
export function legacyRules(): LegacyRules {
  const storages = new Map<string, TorchStorage>();
  const texts = new WeakMap<Uint8Array, string>();

  /** Python 2's text as text, each decoded once however often the pickle refers to it; other values as they are. */
  const asText = (value: TorchValue | undefined): TorchValue | undefined => {
    if (!(value instanceof Uint8Array)) return value;
    const text = texts.get(value) ?? decode(value);
    texts.set(value, text);
    return text;
  };

  const findPersistent: Rules["findPersistent"] = (id) => {
    if (!Array.isArray(id) || id.length !== 6) throw new InputError("expected the id of a storage");
    const [tag, type, key, device, numElements, view] = id;
    const texts = [asText(tag), type, asText(key), asText(device), numElements];
    const made = makeStorage(texts.map((part) => part ?? null));
    const storage = storages.get(made.key) ?? made;
    if (storage.dtype !== made.dtype || storage.numElements !== made.numElements) {
      const [first, second] = [storage, made].map(({ dtype, numElements }) => `${numElements} ${dtype}`);
      throw new InputError(`storage ${found(made.key)}: expected ${first} as before, found ${second}`);
    }
    storages.set(made.key, storage);
    return makeStorageView(storage, view);
  };

  const keyOf = (value: TorchValue | undefined) => asKey(asText(value));
  const rules: Rules = {
    ...torchRules,
    // BINBYTES8 and BYTEARRAY8.
    refused: new Set([0x8e, 0x96]),
    call: (callee, args, spend) => {
      const items = callee instanceof TorchGlobal && callee.kind === "dict" && Array.isArray(args) ? args[0] : null;
      if (!Array.isArray(items)) return callGlobal(callee, args);
      spend(items.length);
      return makeDictionary(items, keyOf);
    },
    setState: (target, state) => {
      // A Parameter's: whether it needs a gradient, whether it is volatile, its hooks.
      const isParameter = target instanceof TorchTensor && Array.isArray(state) && state.length === 3;
      if (!isParameter) torchRules.setState(target, state);
    },
    findPersistent,
    asKey: keyOf,
  };
  return { rules, storages };
}

function makeDictionary(items: readonly TorchValue[], keyOf: (value: TorchValue | undefined) => TorchKey): TorchValue {
  const dict = new Map<TorchKey, TorchValue>();
  for (const item of items) {
    if (!Array.isArray(item) || item.length !== 2) throw new InputError("expected a dictionary's items as pairs");
    dict.set(keyOf(item[0]), item[1] ?? null);
  }
  return dict;
}

function decode(text: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(text);
  } catch {
    throw new InputError(`expected ${text.length} bytes of UTF-8 text`);
  }
}
