import { SearchedWeight } from "../search/searched-weight.js";
import type { ScaleChoice } from "../search/weight-scale.js";
import type { Tensor } from "../tensor/tensor.js";
import { uniform } from "./initialization.js";
import { Module } from "./module.js";

/** How a layer's weight is kept: options that all layers with a weight share. */
export interface WeightOptions {
  /** The value set to search the weight over; `null` or omitted for a float weight. */
  readonly values?: readonly number[] | null;
  /** The scale of a searched weight; by default chosen by what follows the layer, see `chooseScales`. */
  readonly scale?: ScaleChoice;
}

/** A layer with a weight `[O, …]`, float or searched, and a float bias `[O]` if it has one. */
export abstract class WeightedLayer extends Module {
  /** The float weight, or the values drawn for a searched one, without their scale. */
  readonly weight: Tensor;
  readonly bias: Tensor | null;
  readonly #searched: SearchedWeight | null;

  /**
   * @param initialWeight makes a float weight; a searched one starts with logits of its own
   * @param initialBias makes the bias; `null` for a layer without
   */
  constructor(
    shape: readonly number[],
    { values = null, scale = "auto" }: WeightOptions,
    initialWeight: () => Tensor,
    initialBias: (() => Tensor) | null,
  ) {
    super();
    if (values === null) {
      this.#searched = null;
      this.weight = this.parameter("weight", initialWeight());
    } else {
      this.#searched = this.searchedWeight(new SearchedWeight(shape, values, scale));
      this.weight = this.#searched.weight;
    }
    this.bias = initialBias === null ? null : this.parameter("bias", initialBias());
  }

  /** What the layer computes with, `[O, …]`: the weight, with its scale if it has one. */
  protected effectiveWeight(): Tensor {
    return this.#searched?.effectiveWeight() ?? this.weight;
  }
}

/** U(−1/√n, 1/√n), n the fan-in of a weight `[O, …]`: PyTorch's default for the weight and the bias of its layers. */
export function fanInUniform(shape: readonly number[], fanIn: number): Tensor {
  return uniform(shape, 1 / Math.sqrt(Math.max(1, fanIn)));
}
