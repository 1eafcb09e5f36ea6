import { InputError } from "../../text/errors.js";
import { PickleMachine } from "./machine.js";
import type { PickleRules } from "./rules.js";
import { applyGlobal, asName, findGlobal, type PickleObject, type PickleValue, setState } from "./values.js";

/** Numbers, texts, bytes, containers and integer NumPy arrays; no persistent ids, no classes, no long integers. */
const plainDataRules: PickleRules<string, PickleObject> = {
  // CIFAR-100's training file has about 200,000.
  maxOperations: 2 ** 20,
  isWholeFile: true,
  findGlobal: (module, name) => findGlobal(asName(module, "a module"), asName(name, "a name")),
  call: applyGlobal,
  setState,
  asKey: (value) => asName(value, "a dictionary's key"),
};

/**
 * Reads a Python pickle of plain data: numbers, texts, bytes, lists, tuples, dictionaries and integer NumPy arrays.
 *
 * Protocols 2 to 5 as written by Python 2 and 3 with any NumPy; nothing is imported or run, and functions other than
 * the few that rebuild arrays are refused by name. Lengths are checked against the bytes that remain, and byte strings
 * and arrays are views into `bytes`, not copies; work and memory are linear in the file's size.
 *
 * Source: CPython's `Lib/pickle.py` and `Lib/pickletools.py`.
 *
 * @param bytes the whole file
 * @param path the file's name for messages
 * @throws InputError naming the file, what is wrong and at which byte
 */
export function readPickle(bytes: Uint8Array, path: string): PickleValue {
  const machine = new PickleMachine(bytes, plainDataRules);
  try {
    return machine.run();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(`${path}: not a Python pickle of plain data: ${error.message} (byte ${machine.offset})`);
  }
}
