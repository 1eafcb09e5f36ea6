import { mulInPlace, subInPlace } from "../tensor/arithmetic.js";
import { noGrad } from "../tensor/autograd.js";
import { rand, randn } from "../tensor/create.js";
import type { Tensor } from "../tensor/tensor.js";

/** Which side of a weight `[O, I, …]` keeps its variance: the outputs a unit receives from, or the inputs it feeds. */
export type FanMode = "fan-in" | "fan-out";

function fan(shape: readonly number[], mode: FanMode): number {
  const [outputs = 1, inputs = 1, ...kernel] = shape;
  return kernel.reduce((product, length) => product * length, mode === "fan-in" ? inputs : outputs);
}

/** N(0, 2/fan): He et al., "Delving Deep into Rectifiers", ICCV 2015. */
export function kaimingNormal(shape: readonly number[], mode: FanMode): Tensor {
  return normal(shape, Math.sqrt(2 / fan(shape, mode)));
}

/** N(0, std²). */
export function normal(shape: readonly number[], std: number): Tensor {
  return noGrad(() => mulInPlace(randn(shape), std));
}

/** U(−bound, bound). */
export function uniform(shape: readonly number[], bound: number): Tensor {
  return noGrad(() => mulInPlace(subInPlace(rand(shape), 0.5), 2 * bound));
}
