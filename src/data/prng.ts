const mask64 = (1n << 64n) - 1n;
const goldenGamma = 0x9e3779b97f4a7c15n;

/**
 * The finalizer of SplitMix64: a bijection of 64-bit words that changes about half of the bits when one changes.
 *
 * Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014; constants (Stafford's
 * Mix13) and order as in Vigna's `splitmix64.c`.
 */
function mix64(word: bigint): bigint {
  let z = word;
  z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & mask64;
  z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & mask64;
  return z ^ (z >> 31n);
}

/** Output number `index` (from 0) of the SplitMix64 generator started at `seed`, a word of 64 bits. */
export function splitMix64(seed: bigint, index: number): bigint {
  return mix64((seed + goldenGamma * (BigInt(index) + 1n)) & mask64);
}

/**
 * Hashes a key of integers to 64 bits: h ← mix64(h + γ ⊕ k) over the key's integers k, the order counting.
 *
 * @param key safe integers, negative ones as two's complement
 * @throws RangeError if one of them is not a safe integer
 */
export function hash64(key: readonly number[]): bigint {
  let hash = BigInt(key.length);
  for (const part of key) {
    if (!Number.isSafeInteger(part)) throw new RangeError(`Expected a safe integer as part of a key, found ${part}`);
    hash = mix64(((hash + goldenGamma) & mask64) ^ BigInt.asUintN(64, BigInt(part)));
  }
  return hash;
}

/**
 * xoshiro128**: 128 bits of state, period 2^128 − 1, 32 bits a draw.
 *
 * Only 32-bit integer arithmetic is used, so a stream is the same on every machine. Not for secrets.
 * Source: Blackman and Vigna, "Scrambled linear pseudorandom number generators", ACM TOMS 47 (2021),
 * https://prng.di.unimi.it/xoshiro128starstar.c
 */
export class Xoshiro128 {
  #s0: number;
  #s1: number;
  #s2: number;
  #s3: number;

  /** Starts from the four words of the state, of which not all may be 0 (RangeError). */
  constructor(s0: number, s1: number, s2: number, s3: number) {
    this.#s0 = s0 | 0;
    this.#s1 = s1 | 0;
    this.#s2 = s2 | 0;
    this.#s3 = s3 | 0;
    if ((this.#s0 | this.#s1 | this.#s2 | this.#s3) === 0) throw new RangeError("Expected a state that is not all 0");
  }

  /** An integer, uniform in [0, 2^32). */
  uint32(): number {
    const times5 = Math.imul(this.#s1, 5);
    const result = Math.imul((times5 << 7) | (times5 >>> 25), 9) >>> 0;
    const shifted = this.#s1 << 9;
    this.#s2 ^= this.#s0;
    this.#s3 ^= this.#s1;
    this.#s1 ^= this.#s2;
    this.#s0 ^= this.#s3;
    this.#s2 ^= shifted;
    this.#s3 = (this.#s3 << 11) | (this.#s3 >>> 21);
    return result;
  }

  /**
   * An integer, uniform in [0, bound) without bias: draws past the last whole multiple of `bound` are rejected.
   *
   * @param bound integer in [1, 2^32], else RangeError
   */
  below(bound: number): number {
    if (!Number.isInteger(bound) || bound < 1 || bound > 2 ** 32) {
      throw new RangeError(`Expected a bound in 1 … 2^32, found ${bound}`);
    }
    const end = 2 ** 32 - (2 ** 32 % bound);
    let draw = this.uint32();
    while (draw >= end) draw = this.uint32();
    return draw % bound;
  }

  /** A multiple of 2^-32, uniform in [low, high). */
  uniform(low: number, high: number): number {
    return low + (high - low) * (this.uint32() / 2 ** 32);
  }
}

/**
 * The random stream of a key: xoshiro128** started from two SplitMix64 outputs of `hash64(key)`.
 *
 * Different keys give unrelated streams, so each image or epoch draws from its own and none depends on how much
 * another has drawn.
 *
 * @throws RangeError if a part of the key is not a safe integer
 */
export function randomStream(...key: number[]): Xoshiro128 {
  const seed = hash64(key);
  const low = splitMix64(seed, 0);
  const high = splitMix64(seed, 1);
  const word = (value: bigint, shift: bigint) => Number((value >> shift) & 0xffffffffn);
  return new Xoshiro128(word(low, 0n), word(low, 32n), word(high, 0n), word(high, 32n));
}
