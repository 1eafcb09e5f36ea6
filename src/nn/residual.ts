import { add } from "../tensor/arithmetic.js";
import type { Tensor } from "../tensor/tensor.js";
import { type Mode, Module } from "./module.js";

/** body(x) + shortcut(x), named `body` and `shortcut`; without a shortcut body(x) + x. */
export class Residual extends Module {
  readonly #body: Module;
  readonly #shortcut: Module | null;

  constructor(body: Module, shortcut: Module | null = null) {
    super();
    this.#body = this.child("body", body);
    this.#shortcut = this.optionalChild("shortcut", shortcut);
  }

  override forward(input: Tensor, mode: Mode): Tensor {
    return add(this.#body.forward(input, mode), this.#shortcut?.forward(input, mode) ?? input);
  }
}
