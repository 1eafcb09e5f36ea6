import { type Mode, Module } from "../nn/module.js";
import { sequential } from "../nn/sequential.js";
import type { Tensor } from "../tensor/tensor.js";

/** A sequence of blocks, named by number: `layer1.0`, `layer1.1`, … */
export class Stage extends Module {
  readonly #blocks: readonly Module[];

  constructor(blocks: readonly Module[]) {
    super();
    this.#blocks = blocks.map((block, index) => this.child(String(index), block));
  }

  override forward(input: Tensor, mode: Mode): Tensor {
    return sequential(
      input,
      this.#blocks.map((block) => (x: Tensor) => block.forward(x, mode)),
    );
  }
}
