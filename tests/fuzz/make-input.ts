import { Draw } from "./draw.js";
import type { Target } from "./target.js";

const MAX_BYTES = 2 ** 20;
const MAX_CHANGES = 6;

/** Input number `index` of a target: first its seeds as they are, then seeds with 1 to 6 changes. */
export function makeInput(
  { name, mutators }: Pick<Target, "name" | "mutators">,
  seeds: readonly Uint8Array[],
  seed: number,
  index: number,
): Uint8Array {
  const unchanged = seeds[index];
  if (unchanged !== undefined) return unchanged;
  const draw = new Draw(name, seed, index);
  let input = draw.pick(seeds);
  const changes = draw.length(MAX_CHANGES + 1);
  for (let change = 0; change < changes; change++) {
    input = draw.pick(mutators)(input, draw, draw.pick(seeds)).subarray(0, MAX_BYTES);
  }
  return input;
}
