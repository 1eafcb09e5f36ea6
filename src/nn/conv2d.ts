import { SearchedWeight } from "../search/searched-weight.js";
import { conv2d } from "../tensor/convolution.js";
import type { Tensor } from "../tensor/tensor.js";
import { type FanMode, kaimingNormal } from "./initialization.js";
import { type Mode, Module } from "./module.js";

export interface Conv2dOptions {
  readonly inChannels: number;
  readonly outChannels: number;
  /** Side of the square kernel, pixels. */
  readonly kernelSize: number;
  readonly stride?: number;
  readonly padding?: number;
  /** Fan of the Kaiming normal initialization of a float weight. */
  readonly fanMode: FanMode;
  /** The value set to search the weight over; `null` for a float weight. */
  readonly values: readonly number[] | null;
}

/**
 * A convolution without bias (batch normalization follows), `[N, C, H, W]` → `[N, O, H', W']`, see `conv2d`. Its weight
 * `[O, C, k, k]` is float or searched.
 */
export class Conv2d extends Module {
  readonly weight: Tensor;
  readonly #stride: number;
  readonly #padding: number;

  constructor({ inChannels, outChannels, kernelSize, stride = 1, padding = 0, fanMode, values }: Conv2dOptions) {
    super();
    const shape = [outChannels, inChannels, kernelSize, kernelSize];
    this.weight =
      values === null
        ? this.parameter("weight", kaimingNormal(shape, fanMode))
        : this.searchedWeight(new SearchedWeight(shape, values)).weight;
    this.#stride = stride;
    this.#padding = padding;
  }

  override forward(input: Tensor, _mode: Mode): Tensor {
    return conv2d(input, this.weight, null, {
      stride: this.#stride,
      padding: this.#padding,
      chunks: this.reductionChunks,
    });
  }
}
