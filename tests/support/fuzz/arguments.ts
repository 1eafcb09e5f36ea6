// Arguments of operators by kind, now and then of no kind at all.

import { chance, many, pick } from "./random.js";
import { DTYPES, someTensor } from "./tensors.js";

const INTEGERS = [-2, -1, 0, 0, 1, 1, 2, 2, 3, 4, 6];
export const NUMBERS = [0, 1, -1, 0.5, 1e-5, 1e5, Number.NaN, Number.POSITIVE_INFINITY, 3];
// Sizes that no machine has memory for; those that some have would have to be filled.
export const HUGE = [2 ** 53, -(2 ** 53), 2n ** 62n, -(2n ** 63n), 2n ** 64n, 1e300];

/** Values that no schema expects. */
export function junk(): unknown {
  const makers: (() => unknown)[] = [
    () => undefined,
    () => null,
    () => pick(HUGE),
    () => pick(NUMBERS),
    () => pick(INTEGERS),
    () => pick(["", "float32", "cpu", "channels_last", "\ud800", "mean", "meta", "x".repeat(5000)]),
    () => Symbol("s"),
    () => ({ length: 2, 0: 1, 1: 1 }),
    () => () => 1,
    () => chance(0.5),
    () => [pick(HUGE)],
    () => [[1]],
    () => new Array(3),
    () => new Array(2 ** 32 - 1),
    () => Float32Array.of(1, 2),
    () => BigInt64Array.of(1n, 1n),
    () => Uint8Array.of(),
    () => new Proxy([1], {}),
    () => someTensor() + pick([0, 1, 2 ** 24, 0.5]),
    () => [someTensor(), null],
    () => Object.create(null),
    () => new ArrayBuffer(4),
    () => new Uint8Array(new SharedArrayBuffer(4)),
  ];
  return pick(makers)();
}

/**
 * An argument of a kind: T tensor, t tensor or null, L tensors, i integer, I integers, s number, b flag, d dtype,
 * F numbers, m memory format, S string, D device; in one of twenty cases junk.
 */
export function argument(kind: string): unknown {
  if (chance(0.05)) return junk();
  switch (kind) {
    case "T":
      return someTensor();
    case "t":
      return chance(0.4) ? null : someTensor();
    case "L":
      return many(someTensor);
    case "i":
      return pick(INTEGERS);
    case "I":
      return chance(0.3) ? pick(INTEGERS) : many(() => pick(INTEGERS));
    case "F":
      return many(() => pick(NUMBERS));
    case "s":
      return chance(0.3) ? BigInt(pick(INTEGERS)) : pick(NUMBERS);
    case "b":
      return chance(0.5);
    case "d":
      return chance(0.5) ? undefined : pick([...DTYPES, "float16"]);
    case "m":
      return pick([undefined, "contiguous_format", "channels_last", "preserve_format"]);
    case "S":
      return pick(["", "add", "aten::add", "weight_search::sample", "Tensor", "out", "\0", "ä".repeat(300)]);
    case "D":
      return pick(["cpu", "cpu:0", "cpu:7", "meta", "cuda", "cuda:99", "mps", "xla", "", "cpu:-1", "CPU"]);
    default:
      return junk();
  }
}

/** Arguments of these kinds, sometimes too few, sometimes too many. */
export function argumentsOf(kinds: string): unknown[] {
  const values = [...kinds].map(argument);
  if (chance(0.1)) values.splice(Math.floor(values.length * 0.7));
  if (chance(0.05)) values.push(...many(junk), 1);
  return values;
}
