import { quote } from "../../text/describe.js";
import { InputError } from "../../text/errors.js";
import type { PickleItem } from "./rules.js";

/**
 * What a pickle of plain data holds; Python's `str` of version 2, `bytes` and `bytearray` are bytes, tuples are arrays.
 */
export type PickleValue = PickleItem<string, PickleObject>;

/** What it holds beside plain values, lists and dictionaries. */
export type PickleObject = PickleGlobal | NumpyDtype | NumpyArray;

/** A Python `dict`; byte keys are made text (Latin-1), so `b"data"` and `"data"` are the same key. */
export type PickleDict = Map<string, PickleValue>;

/** One of the functions and classes of Python that a pickle may name; they are recognised here and never run. */
export class PickleGlobal {
  constructor(readonly name: GlobalName) {}
}

/** A NumPy element type of integers, such as `|u1`. */
export class NumpyDtype {
  bigEndian = false;
  constructor(
    readonly signed: boolean,
    readonly itemBytes: number,
  ) {}
}

/** A NumPy array: its shape, its element type, and its bytes as they were stored (not copied). */
export class NumpyArray {
  shape: readonly number[] = [];
  dtype = new NumpyDtype(false, 1);
  /** Whether the first index, not the last, runs fastest through the bytes. */
  fortranOrder = false;
  bytes: Uint8Array = new Uint8Array(0);
}

/** What such a function or class is for: NumPy's array, its element type, or a function that rebuilds one. */
export type GlobalName = "ndarray" | "dtype" | "reconstruct" | "frombuffer" | "scalar" | "encode";

/** By module and name, joined by a space; NumPy 2 renamed `numpy.core` to `numpy._core`. */
const knownGlobals = new Map<string, GlobalName>([
  ["numpy ndarray", "ndarray"],
  ["numpy dtype", "dtype"],
  ["numpy.core.multiarray _reconstruct", "reconstruct"],
  ["numpy._core.multiarray _reconstruct", "reconstruct"],
  ["numpy.core.multiarray scalar", "scalar"],
  ["numpy._core.multiarray scalar", "scalar"],
  ["numpy.core.numeric _frombuffer", "frombuffer"],
  ["numpy._core.numeric _frombuffer", "frombuffer"],
  ["_codecs encode", "encode"],
]);

/** Longest dictionary key, type code or other name, in characters; so a name is never a copy of a big string. */
const maxNameLength = 256;
const maxDimensions = 8;

/**
 * The text of a short name, which Python 2 pickles as bytes and Python 3 as text.
 *
 * @throws InputError if it is neither, or longer than 256 characters
 */
export function asName(value: PickleValue | undefined, what: string): string {
  if ((typeof value === "string" || value instanceof Uint8Array) && value.length <= maxNameLength) {
    return typeof value === "string" ? value : Buffer.from(value).toString("latin1");
  }
  throw new InputError(`expected a short text as ${what}`);
}

/** Recognises a function or class by its module and name, both from the file; any other is an InputError naming it. */
export function findGlobal(module: string, name: string): PickleGlobal {
  const known = knownGlobals.get(`${module} ${name}`);
  if (known === undefined) {
    throw new InputError(
      `it calls Python's ${quote(`${module}.${name}`)}, which plain data does not need and which is not run`,
    );
  }
  return new PickleGlobal(known);
}

/**
 * What a recognised function gives for its arguments, worked out here as plain data.
 *
 * @param spendBytes called with the size of a copy before it is made; throws when too much has been copied
 * @throws InputError if the arguments are not those that NumPy and Python write
 */
export function applyGlobal(
  callee: PickleValue | undefined,
  args: PickleValue | undefined,
  spendBytes: (count: number) => void,
): PickleValue {
  if (!(callee instanceof PickleGlobal) || !Array.isArray(args)) throw new InputError("expected a call of a function");
  switch (callee.name) {
    case "reconstruct":
      if (!isGlobal(args[0], "ndarray")) throw new InputError("expected an array to rebuild to be numpy.ndarray");
      return new NumpyArray();
    case "dtype":
      return parseDtype(asName(args[0], "the element type of an array"));
    case "scalar":
      return readInteger(asDtype(args[0]), asBytes(args[1]), 0);
    case "frombuffer": {
      const order = asName(args[3], "the order of an array");
      return fillArray(new NumpyArray(), args[2], args[1], order === "F", args[0]);
    }
    case "encode":
      return encodeLatin1(args[0], asName(args[1], "an encoding"), spendBytes);
    default:
      throw new InputError(`expected a call of a function, found one of numpy.${callee.name}`);
  }
}

/** Gives an array or an element type its state, as Python's `__setstate__` does; InputError if it is neither. */
export function setState(target: PickleValue | undefined, state: PickleValue | undefined): void {
  if (!Array.isArray(state)) throw new InputError("expected the state of an object to be a tuple");
  if (target instanceof NumpyDtype) {
    target.bigEndian = asName(state[1], "the byte order of an element type") === ">";
  } else if (target instanceof NumpyArray) {
    if (state.length !== 5) throw new InputError(`expected an array's state of 5 parts, found ${state.length}`);
    fillArray(target, state[1], state[2], state[3] === true || state[3] === 1, state[4]);
  } else {
    throw new InputError("expected state only for a NumPy array or element type");
  }
}

/** The element at `index` of an array's bytes, as a number (exact up to 2^53). */
export function readInteger(dtype: NumpyDtype, bytes: Uint8Array, index: number): number {
  const start = index * dtype.itemBytes;
  if (start + dtype.itemBytes > bytes.length) throw new InputError("expected the bytes of a whole number");
  let value = 0n;
  for (let i = 0; i < dtype.itemBytes; i++) {
    const at = dtype.bigEndian ? start + i : start + dtype.itemBytes - 1 - i;
    value = (value << 8n) | BigInt(bytes[at] ?? 0);
  }
  return Number(dtype.signed ? BigInt.asIntN(8 * dtype.itemBytes, value) : value);
}

function isGlobal(value: PickleValue | undefined, name: GlobalName): boolean {
  return value instanceof PickleGlobal && value.name === name;
}

function asDtype(value: PickleValue | undefined): NumpyDtype {
  if (value instanceof NumpyDtype) return value;
  throw new InputError("expected the element type of an array");
}

function asBytes(value: PickleValue | undefined): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new InputError("expected the bytes of an array");
}

function parseDtype(code: string): NumpyDtype {
  const match = /^[|<=]?([iu])([1248])$/.exec(code);
  if (match === null) throw new InputError(`expected an array of integers, found element type ${quote(code)}`);
  return new NumpyDtype(match[1] === "i", Number(match[2]));
}

function fillArray(
  array: NumpyArray,
  shape: PickleValue | undefined,
  dtype: PickleValue | undefined,
  fortranOrder: boolean,
  bytes: PickleValue | undefined,
): NumpyArray {
  if (!Array.isArray(shape) || shape.length > maxDimensions) throw new InputError("expected the shape of an array");
  const sizes = shape.map((size) => {
    if (typeof size === "number" && Number.isSafeInteger(size) && size >= 0) return size;
    throw new InputError("expected the shape of an array to be whole numbers");
  });
  array.shape = sizes;
  array.dtype = asDtype(dtype);
  array.fortranOrder = fortranOrder;
  array.bytes = asBytes(bytes);
  const expected = sizes.reduce((product, size) => product * size, array.dtype.itemBytes);
  if (array.bytes.length !== expected) {
    const found = `${array.bytes.length} bytes`;
    throw new InputError(`expected ${expected} bytes for an array of shape [${sizes.join(", ")}], found ${found}`);
  }
  return array;
}

/** Python 3 writes bytes under protocol 2 as text to be encoded again: the characters are the bytes. */
function encodeLatin1(
  text: PickleValue | undefined,
  encoding: string,
  spendBytes: (count: number) => void,
): Uint8Array {
  if (typeof text !== "string" || !/^latin-?1$/.test(encoding)) {
    throw new InputError(`expected text encoded as latin1, found ${quote(encoding)}`);
  }
  spendBytes(text.length);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const character = text.charCodeAt(i);
    if (character > 0xff) throw new InputError("expected text encoded as latin1, found a character past U+00FF");
    bytes[i] = character;
  }
  return bytes;
}
