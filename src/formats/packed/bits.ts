import { InputError } from "../../text/errors.js";

/**
 * Weights of a value set of K values as indices into it, b = ⌈log₂ K⌉ bits each, without gaps: bit j of index i is bit
 * (i·b + j) mod 8 of byte ⌊(i·b + j) / 8⌋, lowest bit first. The last byte's unused bits are 0.
 */

/** The most values that a set to be packed may have. */
export const MAX_VALUES = 65536;

/** ⌈log₂ K⌉, the bits that an index into K values takes. Throws RangeError unless K is an integer in [2, 65536]. */
export function bitsPerIndex(numValues: number): number {
  if (!Number.isInteger(numValues) || numValues < 2 || numValues > MAX_VALUES) {
    throw new RangeError(`expected a value set of 2 to ${MAX_VALUES} values, found ${numValues}`);
  }
  return 32 - Math.clz32(numValues - 1);
}

/** The bytes that `count` indices into K values take: ⌈count·b / 8⌉. */
export function packedBytes(numValues: number, count: number): number {
  return Math.ceil((count * bitsPerIndex(numValues)) / 8);
}

/**
 * Packs weights, each exactly a member of the value set in float32. Where the set has a value twice, the first counts.
 *
 * @throws InputError, starting with `name`, when a weight is not in the set; RangeError when the set is no set.
 */
export function packWeights(values: readonly number[], weights: Float32Array, name = "weights"): Uint8Array {
  const bits = bitsPerIndex(values.length);
  const indexOf = new Map<number, number>();
  values.forEach((value, index) => {
    if (!indexOf.has(Math.fround(value))) indexOf.set(Math.fround(value), index);
  });
  const packed = new Uint8Array(packedBytes(values.length, weights.length));
  let pending = 0;
  let pendingBits = 0;
  let byte = 0;
  weights.forEach((weight, position) => {
    const index = indexOf.get(weight);
    if (index === undefined) throw notInSet(values, weight, `${name}[${position}]`);
    pending |= index << pendingBits;
    for (pendingBits += bits; pendingBits >= 8; pendingBits -= 8) {
      packed[byte++] = pending & 0xff;
      pending >>>= 8;
    }
  });
  if (pendingBits > 0) packed[byte] = pending;
  return packed;
}

/**
 * The inverse of `packWeights`, for `count` weights.
 *
 * @throws InputError, starting with `name`, when the bytes are not `count` indices into the value set.
 */
export function unpackWeights(
  values: readonly number[],
  packed: Uint8Array,
  count: number,
  name = "weights",
): Float32Array {
  const bits = bitsPerIndex(values.length);
  const expectedBytes = packedBytes(values.length, count);
  if (packed.length !== expectedBytes) {
    throw new InputError(`${name}: expected ${expectedBytes} packed bytes, found ${packed.length}`);
  }
  const weights = new Float32Array(count);
  const mask = (1 << bits) - 1;
  let pending = 0;
  let pendingBits = 0;
  let byte = 0;
  for (let position = 0; position < count; position++) {
    for (; pendingBits < bits; pendingBits += 8) pending |= (packed[byte++] ?? 0) << pendingBits;
    const index = pending & mask;
    const value = values[index];
    if (value === undefined) {
      throw new InputError(`${name}[${position}]: expected an index below ${values.length}, found ${index}`);
    }
    weights[position] = value;
    pending >>>= bits;
    pendingBits -= bits;
  }
  if (pending !== 0) throw new InputError(`${name}: expected the last byte's unused bits to be 0, found ${pending}`);
  return weights;
}

function notInSet(values: readonly number[], weight: number, where: string): InputError {
  const shown = values.length > 16 ? `one of ${values.length} values` : `one of ${values.join(" ")}`;
  return new InputError(`${where}: expected ${shown}, found ${weight}`);
}
