import { conv1d } from "../tensor/convolution.js";
import type { Tensor } from "../tensor/tensor.js";
import { checkGroups } from "./conv2d.js";
import type { Mode } from "./module.js";
import { fanInUniform, WeightedLayer, type WeightOptions } from "./weighted-layer.js";

export interface Conv1dOptions extends WeightOptions {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: number;
  readonly stride?: number;
  readonly padding?: number;
  readonly dilation?: number;
  readonly groups?: number;
  /** Whether there is a bias; not by default. */
  readonly bias?: boolean;
}

/**
 * A convolution of sequences, `[N, C, L]` → `[N, O, L']`, see `conv1d`. Its weight `[O, C/groups, k]` is float, at first
 * U(−1/√n, 1/√n) with n the fan-in, or searched.
 */
export class Conv1d extends WeightedLayer {
  readonly #options: Required<Pick<Conv1dOptions, "stride" | "padding" | "dilation" | "groups">>;

  /** @throws RangeError for groups that do not divide the channels */
  constructor(options: Conv1dOptions) {
    const { inChannels, outChannels, kernelSize, bias = false } = options;
    const { stride = 1, padding = 0, dilation = 1, groups = 1 } = options;
    checkGroups(groups, inChannels, outChannels);
    const shape = [outChannels, inChannels / groups, kernelSize];
    const fanIn = (inChannels / groups) * kernelSize;
    const initialBias = () => fanInUniform([outChannels], fanIn);
    super(shape, options, () => fanInUniform(shape, fanIn), bias ? initialBias : null);
    this.#options = { stride, padding, dilation, groups };
  }

  override forward(input: Tensor, _mode: Mode): Tensor {
    return conv1d(input, this.effectiveWeight(), this.bias, this.#options);
  }
}
