import type { Xoshiro128 } from "./prng.js";

/** In (0, 1]: its logarithm is finite. */
export function drawUnit(random: Xoshiro128): number {
  return 1 - random.uniform(0, 1);
}

/** A standard normal variable, by Box and Muller's transform. */
export function drawNormal(random: Xoshiro128): number {
  return Math.sqrt(-2 * Math.log(drawUnit(random))) * Math.cos(2 * Math.PI * drawUnit(random));
}
