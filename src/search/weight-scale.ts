import { add, mul, sub } from "../tensor/arithmetic.js";
import { noGrad } from "../tensor/autograd.js";
import { full } from "../tensor/create.js";
import { detach, reshape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";

/** How many numbers scale a searched weight: one for the layer, or one for each output channel. */
export type ScaleGranularity = "layer" | "channel";

export interface ScaleOptions {
  readonly per: ScaleGranularity;
  /** Whether s is trained with the other parameters, or stays what it is at the beginning; true by default. */
  readonly isTrained?: boolean;
  /** s at the beginning; `fanInScale` by default. */
  readonly initial?: number;
}

/** A layer's scale: none, one by its granularity, trained, or one by its options; "auto" leaves it to the network. */
export type ScaleChoice = "auto" | "none" | ScaleGranularity | ScaleOptions;

/** The options of a choice; `null` for no scale. */
export function scaleOptions(choice: ScaleChoice): ScaleOptions | null {
  if (typeof choice === "object") return choice;
  return choice === "auto" || choice === "none" ? null : { per: choice };
}

/**
 * The scale of a searched weight: w = s · v, v `[O, …]` of the value set, s `[1]` for the layer or `[O]` for its output
 * channels. From ∂L/∂w,
 *
 *     ∂L/∂v = s · ∂L/∂w,   ∂L/∂s = Σ v · ∂L/∂w, over the layer or over each channel.
 *
 * The gradient that s receives is s₀² ∂L/∂s, with s₀ its value at the beginning: SGD then moves s/s₀ as it would a parameter θ of w = θ s₀ v
 * that starts at 1. Without the factor a step of one number for n weights is some n/2 times as large, and diverges.
 *
 * Where a batch normalization follows, the output does not depend on s, and none is needed. Elsewhere values of ±1 make
 * outputs as large as the square root of the fan-in.
 */
export class WeightScale {
  /** s, `[1]` or `[O]`. */
  readonly tensor: Tensor;
  readonly per: ScaleGranularity;
  readonly isTrained: boolean;
  readonly #broadcast: readonly number[];
  readonly #gradientFactor: number;

  constructor(
    shape: readonly number[],
    values: readonly number[],
    { per, isTrained = true, initial = fanInScale(shape, values) }: ScaleOptions,
  ) {
    const [outputs = 1, ...inputs] = shape;
    const count = per === "layer" ? 1 : outputs;
    this.per = per;
    this.isTrained = isTrained;
    this.tensor = noGrad(() => full([count], initial));
    this.tensor.requiresGrad = isTrained;
    this.#gradientFactor = initial ** 2;
    this.#broadcast = [count, ...inputs.map(() => 1)];
  }

  /** s · v, `[O, …]` → `[O, …]`. */
  apply(values: Tensor): Tensor {
    return mul(values, reshape(this.isTrained ? this.#withGradientFactor() : this.tensor, this.#broadcast));
  }

  /** s to the bit, as c + f (s − c) with c a constant of the same value; its gradient is f times as large. */
  #withGradientFactor(): Tensor {
    const constant = detach(this.tensor);
    return add(constant, mul(sub(this.tensor, constant), this.#gradientFactor));
  }
}

/**
 * s = √(2/n) / r, with n the fan-in of a weight `[O, …]` and r the root mean square of the value set: weights that take
 * each value equally often then have the variance 2/n, which keeps that of activations through layers with ReLU (He et
 * al., "Delving Deep into Rectifiers", ICCV 2015).
 */
export function fanInScale(shape: readonly number[], values: readonly number[]): number {
  const inputs = shape.slice(1).reduce((product, size) => product * size, 1);
  const rootMeanSquare = Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);
  return Math.sqrt(2 / Math.max(1, inputs)) / rootMeanSquare;
}
