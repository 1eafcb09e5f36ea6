import type { Draw } from "./draw.js";
import { BYTES, INTEGERS, NUMBER_TEXTS, TEXTS } from "./hostile-values.js";

/** Changes an input in one way; `other` is another input of the same kind, to take parts from. */
export type Mutator = (input: Uint8Array, draw: Draw, other: Uint8Array) => Uint8Array;

/** The most that one mutation puts in. */
const MAX_ADDED_BYTES = 200_000;

const MUTATORS: readonly Mutator[] = [
  flipBit,
  setByte,
  overwriteInteger,
  overwriteInteger,
  replaceDigits,
  insertBytes,
  insertText,
  truncate,
  cutOut,
  repeatPart,
  spliceWith,
];

/**
 * One change that needs no knowledge of the format: a bit, a byte, an integer of 1 to 8 bytes, a number in digits, hostile
 * bytes put in, the end or a part cut away, a part repeated, the end of another input.
 */
export const mutateBytes: Mutator = (input, draw, other) => draw.pick(MUTATORS)(input, draw, other);

/** The same, but a third of the time puts in one of the format's own tokens. */
export function mutateWith(tokens: readonly (string | Uint8Array)[]): Mutator {
  const bytes = tokens.map((token) => (typeof token === "string" ? Buffer.from(token, "latin1") : token));
  return (input, draw, other) => {
    if (!draw.chance(1 / 3)) return mutateBytes(input, draw, other);
    const at = draw.place(input.length);
    const token = draw.pick(bytes);
    return replaced(input, at, draw.chance(0.5) ? at : Math.min(input.length, at + token.length), token);
  };
}

/** `input` with what stands in [begin, end) replaced. */
export function replaced(input: Uint8Array, begin: number, end: number, by: Uint8Array): Uint8Array {
  return Buffer.concat([input.subarray(0, begin), by, input.subarray(end)]);
}

function flipBit(input: Uint8Array, draw: Draw): Uint8Array {
  const at = Math.min(draw.place(input.length), input.length - 1);
  if (at < 0) return input;
  return replaced(input, at, at + 1, Uint8Array.of((input[at] ?? 0) ^ (1 << draw.below(8))));
}

function setByte(input: Uint8Array, draw: Draw): Uint8Array {
  const at = draw.place(input.length);
  return replaced(input, at, at + 1, Uint8Array.of(draw.below(256)));
}

function overwriteInteger(input: Uint8Array, draw: Draw): Uint8Array {
  const bytes = Buffer.alloc(8);
  const size = draw.pick([1, 2, 4, 4, 8, 8]);
  const value = BigInt.asUintN(64, draw.pick(INTEGERS) * (draw.chance(0.2) ? -1n : 1n) + BigInt(draw.below(3) - 1));
  bytes.writeBigUInt64LE(value);
  const integer = bytes.subarray(0, size);
  if (draw.chance(0.2)) integer.reverse();
  const at = draw.place(input.length);
  return replaced(input, at, at + size, integer);
}

function replaceDigits(input: Uint8Array, draw: Draw): Uint8Array {
  const text = Buffer.from(input.buffer, input.byteOffset, Math.min(input.length, 65_536)).toString("latin1");
  const numbers = [...text.matchAll(/-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/gi)];
  if (numbers.length === 0) return overwriteInteger(input, draw);
  const { index = 0, 0: digits } = draw.pick(numbers);
  const by = draw.chance(0.1) ? "1".repeat(draw.length(MAX_ADDED_BYTES)) : draw.pick(NUMBER_TEXTS);
  return replaced(input, index, index + digits.length, Buffer.from(by));
}

function insertBytes(input: Uint8Array, draw: Draw): Uint8Array {
  const at = draw.chance(0.2) ? 0 : draw.place(input.length);
  return replaced(input, at, at, draw.pick(BYTES));
}

function insertText(input: Uint8Array, draw: Draw): Uint8Array {
  const at = draw.place(input.length);
  return replaced(input, at, at, Buffer.from(draw.pick(TEXTS)));
}

function truncate(input: Uint8Array, draw: Draw): Uint8Array {
  return input.subarray(0, draw.place(input.length));
}

function cutOut(input: Uint8Array, draw: Draw): Uint8Array {
  const at = draw.place(input.length);
  return replaced(input, at, at + draw.length(Math.max(1, input.length - at)), new Uint8Array(0));
}

function repeatPart(input: Uint8Array, draw: Draw): Uint8Array {
  const at = draw.place(input.length);
  const part = input.subarray(at, at + draw.length(Math.max(1, input.length - at)));
  if (part.length === 0) return input;
  const most = draw.chance(0.1) ? MAX_ADDED_BYTES : 2000;
  const times = draw.length(Math.max(1, Math.floor(most / part.length)));
  return replaced(input, at, at, Buffer.concat(Array.from({ length: times }, () => part)));
}

function spliceWith(input: Uint8Array, draw: Draw, other: Uint8Array): Uint8Array {
  const at = draw.place(input.length);
  const from = draw.chance(0.5) ? Math.min(at, other.length) : draw.place(other.length);
  return Buffer.concat([input.subarray(0, at), other.subarray(from)]);
}
