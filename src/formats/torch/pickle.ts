import { InputError } from "../../text/errors.js";
import { PickleMachine } from "../pickle/machine.js";
import type { PickleRules } from "../pickle/rules.js";
import {
  asKey,
  callGlobal,
  findGlobal,
  Inert,
  makeStorage,
  type TorchKey,
  type TorchObject,
  type TorchValue,
} from "./values.js";

/** Rules for the pickles in files of PyTorch 1.6 and later. */
export const torchRules: PickleRules<TorchKey, TorchObject> = {
  // A tensor takes about 20.
  maxOperations: 2 ** 22,
  isWholeFile: false,
  // BINSTRING and SHORT_BINSTRING, which only Python 2 wrote; BINBYTES8 and BYTEARRAY8.
  refused: new Set([0x54, 0x55, 0x8e, 0x96]),
  findGlobal: (module, name) => {
    if (typeof module === "string" && typeof name === "string") return findGlobal(module, name);
    throw new InputError("expected the name of a function or class");
  },
  call: callGlobal,
  makeObject: callGlobal,
  setState: setAttributes,
  findPersistent: makeStorage,
  asKey,
  ignoresItems: (target) => target instanceof Inert,
  // Such as seeds of generators, which are no sizes and not needed.
  makeLongInteger: () => new Inert(),
};

/**
 * Reads the pickle that `torch.save` writes: dictionaries, lists, texts, numbers, and tensors as views of storages,
 * whose bytes are elsewhere. Nothing is imported or run; functions and classes that are not needed for such data are
 * refused by name. Protocols 2 to 5; every length is checked against the bytes that remain.
 *
 * LibTorch's own unpickler is not used because it makes `None` of an OrderedDict, knows no Parameter (1.13), and does
 * not check its stack.
 *
 * Source: CPython's `Lib/pickle.py`, PyTorch's `torch/serialization.py` and `torch/_utils.py`.
 *
 * @param begin where in `bytes` the pickle begins
 * @returns its value and where in `bytes` it ended
 * @throws InputError telling what is wrong and at which of `bytes`
 */
export function readTorchPickle(
  bytes: Uint8Array,
  begin = 0,
  rules: PickleRules<TorchKey, TorchObject> = torchRules,
): { value: TorchValue; end: number } {
  const machine = new PickleMachine(bytes.subarray(begin), rules);
  try {
    return { value: machine.run(), end: begin + machine.end };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(`${error.message} (pickle, byte ${begin + machine.offset})`);
  }
}

/** Attributes: of a Namespace they become one item; of an OrderedDict they are `_metadata`, which is not needed. */
function setAttributes(target: TorchValue, state: TorchValue): void {
  if (target instanceof Inert) return;
  if (!(target instanceof Map && state instanceof Map)) throw new InputError("expected the attributes of a dictionary");
  if (!state.has("_metadata")) target.set("__dict__", state);
}
