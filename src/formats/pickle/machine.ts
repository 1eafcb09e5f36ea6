import { InputError } from "../../text/errors.js";
import { ByteCursor } from "../byte-cursor.js";
import type { PickleItem, PickleRules } from "./rules.js";

/** Names, from CPython's `Lib/pickle.py`, of the opcodes that are never run and of those that rules may refuse. */
const refusableOpcodes = new Map<number, string>([
  [0x50, "PERSID"],
  [0x51, "BINPERSID"],
  [0x54, "BINSTRING"],
  [0x55, "SHORT_BINSTRING"],
  [0x69, "INST"],
  [0x6f, "OBJ"],
  [0x81, "NEWOBJ"],
  [0x82, "EXT1"],
  [0x83, "EXT2"],
  [0x84, "EXT4"],
  [0x8e, "BINBYTES8"],
  [0x8f, "EMPTY_SET"],
  [0x91, "FROZENSET"],
  [0x92, "NEWOBJ_EX"],
  [0x96, "BYTEARRAY8"],
  [0x97, "NEXT_BUFFER"],
  [0x98, "READONLY_BUFFER"],
]);

/**
 * The stack machine that a Python pickle is a program for, under the rules of one kind of file.
 *
 * Protocols 2 to 5; nothing is imported or run. Lengths are checked against the bytes that remain, and byte strings are
 * views of the pickle, not copies; work and memory are linear in its size as far as the rules' functions are.
 *
 * Source: CPython's `Lib/pickle.py` and `Lib/pickletools.py`.
 */
export class PickleMachine<Key, Extra extends object> {
  /** Where the opcode being run, or the one before the first, starts. */
  offset = 0;
  #copiedBytes = 0;
  readonly #rules: PickleRules<Key, Extra>;
  readonly #bytes: Uint8Array;
  readonly #cursor: ByteCursor;
  readonly #stack: PickleItem<Key, Extra>[] = [];
  /** Heights of the stack at its open marks; nothing under the last one can be popped. */
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, PickleItem<Key, Extra>>();

  constructor(bytes: Uint8Array, rules: PickleRules<Key, Extra>) {
    this.#rules = rules;
    this.#bytes = bytes;
    this.#cursor = new ByteCursor(bytes);
  }

  /** How many bytes have been read: once `run` has returned, where the pickle ended. */
  get end(): number {
    return this.#cursor.offset;
  }

  /** The one value that the pickle makes. Throws InputError telling what is wrong; `offset` then tells where. */
  run(): PickleItem<Key, Extra> {
    const { maxOperations, isWholeFile, refused } = this.#rules;
    if (isWholeFile) this.#checkStart();
    for (let operation = 0; operation < maxOperations; operation++) {
      this.offset = this.#cursor.offset;
      const opcode = this.#cursor.uint(1);
      if (opcode === 0x2e) return this.#stop();
      if (refused?.has(opcode) || !this.#runOpcode(opcode)) {
        const name = refusableOpcodes.get(opcode);
        throw new InputError(`opcode ${hex(opcode)}${name === undefined ? "" : ` (${name})`} is not read`);
      }
    }
    throw new InputError(`expected at most ${maxOperations} opcodes`);
  }

  #checkStart(): void {
    const first = this.#bytes[0];
    if (first === 0x80) return;
    const found = first === undefined ? "an empty file" : `byte ${hex(first)}`;
    throw new InputError(`expected it to start with byte 0x80 (protocol 2 or later), found ${found}`);
  }

  #stop(): PickleItem<Key, Extra> {
    const value = this.#pop();
    if (this.#stack.length > 0 || this.#marks.length > 0) throw new InputError("expected one value, found several");
    const rest = this.#bytes.length - this.#cursor.offset;
    if (this.#rules.isWholeFile && rest > 0) {
      throw new InputError(`expected the file to end here, found ${rest} bytes more`);
    }
    return value;
  }

  /** Whether the opcode is one that is run. */
  #runOpcode(opcode: number): boolean {
    return this.#runScalar(opcode) || this.#runContainer(opcode) || this.#runObject(opcode);
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
        return this.#push(this.#longInteger(this.#cursor.uint(1)));
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
        return this.#append([this.#pop()]);
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

  /** Protocol, frames, the memo, and what makes objects of other values. */
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
        return this.#push(this.#rules.findGlobal(this.#cursor.line(), this.#cursor.line()));
      case 0x93: {
        // STACK_GLOBAL
        const [module, name] = this.#popLast(2);
        return this.#push(this.#rules.findGlobal(module, name));
      }
      case 0x52: {
        // REDUCE
        const [callee, args] = this.#popLast(2);
        return this.#push(this.#rules.call(callee, args, this.#spend));
      }
      case 0x81: {
        // NEWOBJ
        if (this.#rules.makeObject === undefined) return false;
        const [type, args] = this.#popLast(2);
        return this.#push(this.#rules.makeObject(type, args));
      }
      case 0x51: // BINPERSID
        if (this.#rules.findPersistent === undefined) return false;
        return this.#push(this.#rules.findPersistent(this.#pop()));
      case 0x62: {
        // BUILD
        const state = this.#pop();
        this.#rules.setState(this.#top(), state);
        return true;
      }
      default:
        return false;
    }
  }

  #checkProtocol(version: number): true {
    if (this.#rules.isWholeFile && (version < 2 || version > 5))
      throw new InputError(`expected protocol 2 to 5, found ${version}`);
    return true;
  }

  #longInteger(byteCount: number): PickleItem<Key, Extra> {
    if (byteCount <= 8 || this.#rules.makeLongInteger === undefined) return this.#cursor.int(byteCount);
    this.#cursor.take(byteCount);
    return this.#rules.makeLongInteger();
  }

  #push(value: PickleItem<Key, Extra>): true {
    this.#stack.push(value);
    return true;
  }

  #top(): PickleItem<Key, Extra> {
    const value = this.#stack.length > (this.#marks.at(-1) ?? 0) ? this.#stack.at(-1) : undefined;
    if (value === undefined) throw new InputError("expected a value, found none on the stack");
    return value;
  }

  #pop(): PickleItem<Key, Extra> {
    const value = this.#top();
    this.#stack.length--;
    return value;
  }

  #popLast(count: number): PickleItem<Key, Extra>[] {
    if (this.#stack.length - (this.#marks.at(-1) ?? 0) < count) {
      throw new InputError(`expected ${count} values, found fewer on the stack`);
    }
    return this.#stack.splice(this.#stack.length - count);
  }

  #popToMark(): PickleItem<Key, Extra>[] {
    const height = this.#marks.pop();
    if (height === undefined) throw new InputError("expected a mark, found none");
    return this.#stack.splice(height);
  }

  #append(items: readonly PickleItem<Key, Extra>[]): true {
    const list = this.#top();
    if (!Array.isArray(list)) throw new InputError("expected a list to append to");
    for (const item of items) list.push(item);
    return true;
  }

  #setItems(items: readonly PickleItem<Key, Extra>[]): true {
    const dict = this.#top();
    if (this.#rules.ignoresItems?.(dict)) return true;
    if (!(dict instanceof Map) || items.length % 2 !== 0) throw new InputError("expected a dictionary and its items");
    for (let i = 0; i < items.length; i += 2) dict.set(this.#rules.asKey(items[i]), items[i + 1] ?? null);
    return true;
  }

  #remember(index: number): true {
    this.#memo.set(index, this.#top());
    return true;
  }

  #recall(index: number): PickleItem<Key, Extra> {
    const value = this.#memo.get(index);
    if (value === undefined) throw new InputError(`expected memo ${index} to be set before it is used`);
    return value;
  }

  readonly #spend = (count: number): void => {
    this.#copiedBytes += count;
    if (this.#copiedBytes > this.#bytes.length) throw new InputError("it repeats more text than the file holds");
  };
}

function hex(byte: number): string {
  return `0x${byte.toString(16).padStart(2, "0")}`;
}
