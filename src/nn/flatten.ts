import { flatten } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { type Mode, Module } from "./module.js";

/** All dimensions after the first in one: `[N, C, H, W]` → `[N, C·H·W]`. */
export class Flatten extends Module {
  override forward(input: Tensor, _mode: Mode): Tensor {
    return flatten(input, 1);
  }
}
