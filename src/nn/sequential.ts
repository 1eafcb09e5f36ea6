import { scope, type Tensor } from "../tensor/tensor.js";
import { type Mode, Module } from "./module.js";

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

/** Modules one after the other, named by their places: "0", "1", …, as torch.nn.Sequential's. */
export class Sequential extends Module {
  readonly #modules: readonly Module[];

  constructor(...modules: readonly Module[]) {
    super();
    this.#modules = modules.map((module, index) => this.child(String(index), module));
  }

  override forward(input: Tensor, mode: Mode): Tensor {
    return sequential(
      input,
      this.#modules.map((module) => (x: Tensor) => module.forward(x, mode)),
    );
  }
}
