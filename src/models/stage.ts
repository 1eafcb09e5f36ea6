import { type Mode, Module } from "../nn/module.js";
import { through } from "../nn/through.js";
import type { Tensor } from "../tensor/tensor.js";

/** Blocks one after another, by number: `layer1.0`, `layer1.1`, … */
export class Stage extends Module {
  readonly #blocks: readonly Module[];

  constructor(blocks: readonly Module[]) {
    super();
    this.#blocks = blocks.map((block, index) => this.child(String(index), block));
  }

  override forward(input: Tensor, mode: Mode): Tensor {
    return through(
      input,
      this.#blocks.map((block) => (x: Tensor) => block.forward(x, mode)),
    );
  }
}
