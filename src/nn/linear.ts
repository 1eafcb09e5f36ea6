import { linear } from "../tensor/convolution.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Mode } from "./module.js";
import { fanInUniform, WeightedLayer, type WeightOptions } from "./weighted-layer.js";

/** A linear layer by its sizes, initialized as PyTorch does: U(−1/√I, 1/√I). */
export interface LinearSizes extends WeightOptions {
  /** I. */
  readonly inFeatures: number;
  /** O. */
  readonly outFeatures: number;
  /** Whether there is a bias; by default yes. */
  readonly bias?: boolean;
}

/** A linear layer by its initial tensors. */
export interface LinearTensors extends WeightOptions {
  /** Initial float weight `[O, I]`; a searched weight takes its shape. */
  readonly weight: Tensor;
  /** Initial bias `[O]`; `null` for none. */
  readonly bias: Tensor | null;
}

export type LinearOptions = LinearSizes | LinearTensors;

/** x · weightᵀ + bias: `[…, I]` → `[…, O]`. The weight `[O, I]` is float or searched, the bias float. */
export class Linear extends WeightedLayer {
  constructor(options: LinearOptions) {
    if ("weight" in options) {
      const { weight, bias } = options;
      super(weight.shape, options, () => weight, bias && (() => bias));
    } else {
      const { inFeatures, outFeatures, bias = true } = options;
      const shape = [outFeatures, inFeatures];
      const initialBias = () => fanInUniform([outFeatures], inFeatures);
      super(shape, options, () => fanInUniform(shape, inFeatures), bias ? initialBias : null);
    }
  }

  override forward(input: Tensor, _mode: Mode): Tensor {
    return linear(input, this.effectiveWeight(), this.bias, this.reductionChunks);
  }
}
