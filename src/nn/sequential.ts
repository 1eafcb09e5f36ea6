import { scope, type Tensor } from "../tensor/tensor.js";

/**
 * stepₙ(… step₂(step₁(input))). Frees each intermediate result as soon as the next step has used it. Autograd keeps
 * what the backward pass needs and frees it on the way back; a handle held here would keep it until the end.
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
