import { ones, zeros } from "../tensor/create.js";
import { layerNorm } from "../tensor/normalization.js";
import type { Tensor } from "../tensor/tensor.js";
import { type Mode, Module } from "./module.js";

/** Layer normalization of the last dimension, `[…, C]`, see `layerNorm`; initially γ = 1, β = 0. */
export class LayerNorm extends Module {
  readonly weight: Tensor;
  readonly bias: Tensor;
  readonly #epsilon: number;

  constructor(features: number, { epsilon = 1e-5 }: { readonly epsilon?: number } = {}) {
    super();
    this.weight = this.parameter("weight", ones([features]));
    this.bias = this.parameter("bias", zeros([features]));
    this.#epsilon = epsilon;
  }

  override forward(input: Tensor, _mode: Mode): Tensor {
    return layerNorm(input, this.weight, this.bias, this.#epsilon);
  }
}
