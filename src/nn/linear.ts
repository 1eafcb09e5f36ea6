import { SearchedWeight } from "../search/searched-weight.js";
import { linear } from "../tensor/convolution.js";
import type { Tensor } from "../tensor/tensor.js";
import { type Mode, Module } from "./module.js";

export interface LinearOptions {
  /** Initial float weight `[O, I]`; a searched weight takes its shape. */
  readonly weight: Tensor;
  /** Initial bias `[O]`. */
  readonly bias: Tensor;
  /** The value set to search the weight over; `null` for a float weight. */
  readonly values: readonly number[] | null;
}

/** x · weightᵀ + bias: `[N, I]` → `[N, O]`. The weight is float or searched, the bias float. */
export class Linear extends Module {
  readonly weight: Tensor;
  readonly bias: Tensor;

  constructor({ weight, bias, values }: LinearOptions) {
    super();
    this.weight =
      values === null
        ? this.parameter("weight", weight)
        : this.searchedWeight(new SearchedWeight(weight.shape, values)).weight;
    this.bias = this.parameter("bias", bias);
  }

  override forward(input: Tensor, _mode: Mode): Tensor {
    return linear(input, this.weight, this.bias, this.reductionChunks);
  }
}
