import { ByteCursor } from "../data/byte-cursor.js";
import { InputError } from "../errors.js";
import { asKey, callGlobal, findGlobal, Inert, makeStorage, type TorchValue } from "./torch-values.js";

/** Most opcodes read, which bounds the stack, the memo and all lists; a tensor takes about 20. */
const MAX_OPERATIONS = 2 ** 22;

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
 * @throws InputError telling what is wrong and at which byte
 */
export function readTorchPickle(bytes: Uint8Array): TorchValue {
  const machine = new Machine(bytes);
  try {
    return machine.run();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(`${error.message} (pickle, byte ${machine.offset})`);
  }
}

class Machine {
  /** Where the opcode being run starts. */
  offset = 0;
  readonly #cursor: ByteCursor;
  readonly #stack: TorchValue[] = [];
  /** Heights of the stack at its open marks; nothing under the last one can be popped. */
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, TorchValue>();

  constructor(bytes: Uint8Array) {
    this.#cursor = new ByteCursor(bytes);
  }

  run(): TorchValue {
    for (let operation = 0; operation < MAX_OPERATIONS; operation++) {
      this.offset = this.#cursor.offset;
      const opcode = this.#cursor.uint(1);
      if (opcode === 0x2e) return this.#stop();
      if (!(this.#runScalar(opcode) || this.#runContainer(opcode) || this.#runObject(opcode))) {
        throw new InputError(`opcode 0x${opcode.toString(16)} is not read`);
      }
    }
    throw new InputError(`expected at most ${MAX_OPERATIONS} opcodes`);
  }

  #stop(): TorchValue {
    const value = this.#pop();
    if (this.#stack.length > 0 || this.#marks.length > 0) throw new InputError("expected one value, found several");
    return value;
  }

  /** Numbers, texts and byte strings. */
  #runScalar(opcode: number): boolean {
    const cursor = this.#cursor;
    switch (opcode) {
      case 0x4e: // NONE
        return this.#push(null);
      case 0x88: // NEWTRUE
        return this.#push(true);
      case 0x89: // NEWFALSE
        return this.#push(false);
      case 0x4b: // BININT1
        return this.#push(cursor.uint(1));
      case 0x4d: // BININT2
        return this.#push(cursor.uint(2));
      case 0x4a: // BININT
        return this.#push(cursor.uint(4) | 0);
      case 0x8a: // LONG1
        return this.#push(this.#long(cursor.uint(1)));
      case 0x47: // BINFLOAT
        return this.#push(cursor.float64BigEndian());
      case 0x43: // SHORT_BINBYTES
        return this.#push(cursor.take(cursor.uint(1)));
      case 0x42: // BINBYTES
        return this.#push(cursor.take(cursor.uint(4)));
      case 0x8c: // SHORT_BINUNICODE
        return this.#push(cursor.text(cursor.uint(1)));
      case 0x58: // BINUNICODE
        return this.#push(cursor.text(cursor.uint(4)));
      case 0x8d: // BINUNICODE8
        return this.#push(cursor.text(cursor.uint(8)));
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

  /** Protocol, frames, the memo, storages, and the calls that rebuild tensors. */
  #runObject(opcode: number): boolean {
    const cursor = this.#cursor;
    switch (opcode) {
      case 0x80: // PROTO
        cursor.uint(1);
        return true;
      case 0x95: // FRAME, whose length only helps reading from a stream
        cursor.uint(8);
        return true;
      case 0x71: // BINPUT
        return this.#remember(cursor.uint(1));
      case 0x72: // LONG_BINPUT
        return this.#remember(cursor.uint(4));
      case 0x94: // MEMOIZE
        return this.#remember(this.#memo.size);
      case 0x68: // BINGET
        return this.#push(this.#recall(cursor.uint(1)));
      case 0x6a: // LONG_BINGET
        return this.#push(this.#recall(cursor.uint(4)));
      case 0x51: // BINPERSID
        return this.#push(makeStorage(this.#pop()));
      case 0x63: // GLOBAL
        return this.#push(findGlobal(cursor.line(), cursor.line()));
      case 0x93: {
        // STACK_GLOBAL
        const [module, name] = this.#popLast(2);
        if (typeof module === "string" && typeof name === "string") return this.#push(findGlobal(module, name));
        throw new InputError("expected the name of a function or class");
      }
      case 0x52: // REDUCE
      case 0x81: {
        // NEWOBJ
        const [callee, args] = this.#popLast(2);
        return this.#push(callGlobal(callee, args));
      }
      case 0x62: // BUILD
        return this.#build(this.#pop());
      default:
        return false;
    }
  }

  /** Integers past 8 bytes, such as seeds of generators, are no sizes and not needed. */
  #long(byteCount: number): TorchValue {
    if (byteCount <= 8) return this.#cursor.int(byteCount);
    this.#cursor.take(byteCount);
    return new Inert();
  }

  /** Attributes: of a Namespace they become one item; of an OrderedDict they are `_metadata`, which is not needed. */
  #build(state: TorchValue): true {
    const top = this.#top();
    if (top instanceof Inert) return true;
    if (!(top instanceof Map && state instanceof Map)) throw new InputError("expected the attributes of a dictionary");
    if (!state.has("_metadata")) top.set("__dict__", state);
    return true;
  }

  #append(items: readonly TorchValue[]): true {
    const list = this.#top();
    if (!Array.isArray(list)) throw new InputError("expected a list to append to");
    for (const item of items) list.push(item);
    return true;
  }

  #setItems(items: readonly TorchValue[]): true {
    const dict = this.#top();
    if (dict instanceof Inert) return true;
    if (!(dict instanceof Map) || items.length % 2 !== 0) throw new InputError("expected a dictionary and its items");
    for (let index = 0; index < items.length; index += 2) dict.set(asKey(items[index]), items[index + 1] ?? null);
    return true;
  }

  #push(value: TorchValue): true {
    this.#stack.push(value);
    return true;
  }

  #top(): TorchValue {
    const value = this.#stack.length > (this.#marks.at(-1) ?? 0) ? this.#stack.at(-1) : undefined;
    if (value === undefined) throw new InputError("expected a value, found an empty stack");
    return value;
  }

  #pop(): TorchValue {
    const value = this.#top();
    this.#stack.pop();
    return value;
  }

  #popLast(count: number): TorchValue[] {
    if (this.#stack.length - (this.#marks.at(-1) ?? 0) < count) {
      throw new InputError(`expected ${count} values, found fewer on the stack`);
    }
    return this.#stack.splice(-count);
  }

  #popToMark(): TorchValue[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw new InputError("expected a mark, found none");
    return this.#stack.splice(mark);
  }

  #remember(key: number): true {
    this.#memo.set(key, this.#top());
    return true;
  }

  #recall(key: number): TorchValue {
    const value = this.#memo.get(key);
    if (value === undefined) throw new InputError(`expected memo ${key} to be set before it is used`);
    return value;
  }
}
