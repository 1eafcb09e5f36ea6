import { InputError } from "../errors.js";
import { ByteCursor } from "./byte-cursor.js";
import { applyGlobal, asName, findGlobal, type PickleDict, type PickleValue, setState } from "./pickle-values.js";

/** Most opcodes read, which bounds the stack, the memo and all lists; CIFAR-100's training file has about 200,000. */
const maxOperations = 2 ** 20;

/** Opcodes of CPython's `Lib/pickle.py` that are refused, by code: what they would make is not plain data. */
const refusedOpcodes = new Map<number, string>([
  [0x50, "PERSID"],
  [0x51, "BINPERSID"],
  [0x69, "INST"],
  [0x6f, "OBJ"],
  [0x81, "NEWOBJ"],
  [0x82, "EXT1"],
  [0x83, "EXT2"],
  [0x84, "EXT4"],
  [0x8f, "EMPTY_SET"],
  [0x91, "FROZENSET"],
  [0x92, "NEWOBJ_EX"],
  [0x97, "NEXT_BUFFER"],
  [0x98, "READONLY_BUFFER"],
]);

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
  const machine = new PickleMachine(bytes);
  try {
    return machine.run();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(`${path}: not a Python pickle of plain data: ${error.message} (byte ${machine.offset})`);
  }
}

/** The stack machine that a pickle is a program for. */
class PickleMachine {
  /** Where the opcode being run, or the one before the first, starts. */
  offset = 0;
  #copiedBytes = 0;
  readonly #bytes: Uint8Array;
  readonly #cursor: ByteCursor;
  readonly #stack: PickleValue[] = [];
  /** Heights of the stack at its open marks; nothing under the last one can be popped. */
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, PickleValue>();

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#cursor = new ByteCursor(bytes);
  }

  run(): PickleValue {
    const first = this.#bytes[0];
    if (first !== 0x80) {
      const found = first === undefined ? "an empty file" : `byte ${hex(first)}`;
      throw new InputError(`expected it to start with byte 0x80 (protocol 2 or later), found ${found}`);
    }
    for (let operation = 0; operation < maxOperations; operation++) {
      this.offset = this.#cursor.offset;
      const opcode = this.#cursor.uint(1);
      if (opcode === 0x2e) return this.#stop();
      if (!(this.#runScalar(opcode) || this.#runContainer(opcode) || this.#runObject(opcode))) {
        const name = refusedOpcodes.get(opcode);
        throw new InputError(`opcode ${hex(opcode)}${name === undefined ? "" : ` (${name})`} is not read`);
      }
    }
    throw new InputError(`expected at most ${maxOperations} opcodes`);
  }

  #stop(): PickleValue {
    const value = this.#pop();
    if (this.#stack.length > 0 || this.#marks.length > 0) throw new InputError("expected one value, found several");
    const rest = this.#bytes.length - this.#cursor.offset;
    if (rest > 0) throw new InputError(`expected the file to end here, found ${rest} bytes more`);
    return value;
  }

  /** Numbers, texts and byte strings. */
  #runScalar(opcode: number): boolean {
    switch (opcode) {
      case 0x4e: // NONE
        return this.#push(null);
      case 0x88: // NEWTRUE
        return this.#push(true);
      case 0x89: // NEWFALSE
        return this.#push(false);
      case 0x4b: // BININT1
        return this.#push(this.#cursor.uint(1));
      case 0x4d: // BININT2
        return this.#push(this.#cursor.uint(2));
      case 0x4a: // BININT
        return this.#push(this.#cursor.uint(4) | 0);
      case 0x8a: // LONG1
        return this.#push(this.#cursor.int(this.#cursor.uint(1)));
      case 0x47: // BINFLOAT
        return this.#push(this.#cursor.float64BigEndian());
      case 0x55: // SHORT_BINSTRING
      case 0x43: // SHORT_BINBYTES
        return this.#push(this.#cursor.take(this.#cursor.uint(1)));
      case 0x54: // BINSTRING
      case 0x42: // BINBYTES
        return this.#push(this.#cursor.take(this.#cursor.uint(4)));
      case 0x8e: // BINBYTES8
      case 0x96: // BYTEARRAY8
        return this.#push(this.#cursor.take(this.#cursor.uint(8)));
      case 0x8c: // SHORT_BINUNICODE
        return this.#push(this.#cursor.text(this.#cursor.uint(1)));
      case 0x58: // BINUNICODE
        return this.#push(this.#cursor.text(this.#cursor.uint(4)));
      case 0x8d: // BINUNICODE8
        return this.#push(this.#cursor.text(this.#cursor.uint(8)));
      default:
        return false;
    }
  }

  /** Tuples, lists, dictionaries and the mark that opens their items. */
  #runContainer(opcode: number): boolean {
    switch (opcode) {
      case 0x28: // MARK
        this.#marks.push(this.#stack.length);
        return true;
      case 0x29: // EMPTY_TUPLE
      case 0x5d: // EMPTY_LIST
        return this.#push([]);
      case 0x74: // TUPLE
        return this.#push(this.#popToMark());
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        return this.#push(this.#popLast(opcode - 0x84));
      case 0x7d: // EMPTY_DICT
        return this.#push(new Map());
      case 0x61: // APPEND
        return this.#append(this.#popLast(1));
      case 0x65: // APPENDS
        return this.#append(this.#popToMark());
      case 0x73: // SETITEM
        return this.#setItems(this.#popLast(2));
      case 0x75: // SETITEMS
        return this.#setItems(this.#popToMark());
      default:
        return false;
    }
  }

  /** Protocol, frames, the memo, and the calls that rebuild arrays. */
  #runObject(opcode: number): boolean {
    switch (opcode) {
      case 0x80: // PROTO
        return this.#checkProtocol(this.#cursor.uint(1));
      case 0x95: // FRAME, whose length only helps reading from a stream
        this.#cursor.uint(8);
        return true;
      case 0x71: // BINPUT
        return this.#remember(this.#cursor.uint(1));
      case 0x72: // LONG_BINPUT
        return this.#remember(this.#cursor.uint(4));
      case 0x94: // MEMOIZE
        return this.#remember(this.#memo.size);
      case 0x68: // BINGET
        return this.#push(this.#recall(this.#cursor.uint(1)));
      case 0x6a: // LONG_BINGET
        return this.#push(this.#recall(this.#cursor.uint(4)));
      case 0x63: // GLOBAL
        return this.#push(findGlobal(this.#cursor.line(), this.#cursor.line()));
      case 0x93: {
        // STACK_GLOBAL
        const [module, name] = this.#popLast(2);
        return this.#push(findGlobal(asName(module, "a module"), asName(name, "a name")));
      }
      case 0x52: {
        // REDUCE
        const [callee, args] = this.#popLast(2);
        return this.#push(applyGlobal(callee, args, (count) => this.#spend(count)));
      }
      case 0x62: {
        // BUILD
        const [state] = this.#popLast(1);
        setState(this.#top(), state);
        return true;
      }
      default:
        return false;
    }
  }

  #checkProtocol(version: number): true {
    if (version < 2 || version > 5) throw new InputError(`expected protocol 2 to 5, found ${version}`);
    return true;
  }

  #push(value: PickleValue): true {
    this.#stack.push(value);
    return true;
  }

  #top(): PickleValue {
    const value = this.#stack.at(-1);
    if (value === undefined || this.#stack.length <= (this.#marks.at(-1) ?? 0))
      throw new InputError("a value is missing");
    return value;
  }

  #pop(): PickleValue {
    const value = this.#top();
    this.#stack.length--;
    return value;
  }

  #popLast(count: number): PickleValue[] {
    if (this.#stack.length - (this.#marks.at(-1) ?? 0) < count) throw new InputError("a value is missing");
    return this.#stack.splice(this.#stack.length - count);
  }

  #popToMark(): PickleValue[] {
    const height = this.#marks.pop();
    if (height === undefined) throw new InputError("a mark is missing");
    return this.#stack.splice(height);
  }

  #append(items: PickleValue[]): true {
    const list = this.#top();
    if (!Array.isArray(list)) throw new InputError("expected a list to append to");
    for (const item of items) list.push(item);
    return true;
  }

  #setItems(items: PickleValue[]): true {
    const dict = this.#top();
    if (!(dict instanceof Map) || items.length % 2 !== 0) throw new InputError("expected a dictionary and its items");
    for (let i = 0; i < items.length; i += 2) {
      (dict as PickleDict).set(asName(items[i], "a dictionary's key"), items[i + 1] ?? null);
    }
    return true;
  }

  #remember(index: number): true {
    this.#memo.set(index, this.#top());
    return true;
  }

  #recall(index: number): PickleValue {
    const value = this.#memo.get(index);
    if (value === undefined) throw new InputError(`expected memo ${index} to have been set`);
    return value;
  }

  #spend(count: number): void {
    this.#copiedBytes += count;
    if (this.#copiedBytes > this.#bytes.length) throw new InputError("it repeats more text than the file holds");
  }
}

function hex(byte: number): string {
  return `0x${byte.toString(16).padStart(2, "0")}`;
}
