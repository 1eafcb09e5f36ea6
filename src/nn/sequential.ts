import { scope, type Tensor } from "../tensor/tensor.js";

/**
 * stepₙ(… step₂(step₁(input))): what is made on the way is freed as soon as the next step has used it. What a backward pass
 * needs of it autograd keeps, and frees in turn while it goes; a tensor held until the end would be held through all of it.
 */
export function sequential(input: Tensor, steps: Iterable<(x: Tensor) => Tensor>): Tensor {
  let x = input;
  for (const step of steps) {
    const next = scope(() => step(x));
    if (x !== input && next !== x) x.release();
    x = next;
  }
  return x;
}
