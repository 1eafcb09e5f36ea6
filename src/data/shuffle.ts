import { randomStream, type Xoshiro128 } from "./prng.js";

/** First part of the key of shuffling streams, so that they differ from all others of a seed ("shuf"). */
const shuffleDomain = 0x73687566;

/**
 * The order in which an epoch visits the examples: a uniform permutation of 0 … count − 1, `[count]`.
 *
 * A function of its arguments alone, so a resumed run and every process of a distributed run see the same order.
 *
 * @param count number of examples, 0 … 2^31 − 1
 * @param seed the run's seed, a safe integer
 * @param epoch from 0
 * @throws RangeError if an argument is not such an integer
 */
export function epochPermutation(count: number, seed: number, epoch: number): Int32Array {
  if (!Number.isInteger(count) || count < 0 || count > 2 ** 31 - 1) {
    throw new RangeError(`Expected a count of examples in 0 … 2^31 − 1, found ${count}`);
  }
  return permutation(count, randomStream(shuffleDomain, seed, epoch));
}

/** A uniform permutation of 0 … count − 1, `[count]`. Fisher–Yates (Durstenfeld 1964) with unbiased draws. */
export function permutation(count: number, random: Xoshiro128): Int32Array {
  const order = Int32Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const chosen = random.below(last + 1);
    const moved = order[last] ?? 0;
    order[last] = order[chosen] ?? 0;
    order[chosen] = moved;
  }
  return order;
}
