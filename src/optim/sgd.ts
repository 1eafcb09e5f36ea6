import { noGrad } from "../tensor/autograd.js";
import { zerosLike } from "../tensor/create.js";
import { operator } from "../tensor/operator.js";
import type { Tensor } from "../tensor/tensor.js";

const nativeSgd = operator("weight_search::sgd_");

export interface SgdOptions {
  /** μ, 0 ≤ μ < 1. */
  readonly momentum: number;
  /** λ ≥ 0, added to the gradient as λx. */
  readonly weightDecay: number;
}

/** Settings of a group of parameters. */
export interface SgdGroup extends SgdOptions {
  /** The group's learning rate as a multiple of the step's. */
  readonly lrScale: number;
  /** `float`: gradients of searched weights are multiplied by their `floatGradientScale` first. */
  readonly lrUnit: "plain" | "float";
}

/** What updates itself with the optimizer's settings: searched weights, by their logits. */
export interface SelfUpdating {
  readonly weight: Tensor;
  /** c: scales the gradient of the logits so that the weights move as fast as those of a float layer. */
  readonly floatGradientScale: number;
  step(settings: SgdOptions & { readonly learningRate: number }): void;
}

/**
 * SGD with momentum and weight decay, as torch.optim.SGD:
 *
 *     m ← μ m + g + λ x;   x ← x − η m
 *
 * Parameters without a gradient are not changed. Searched weights apply the settings to their logits: the same ones, or
 * those of a separate group.
 */
export class Sgd {
  readonly #parameters: readonly Tensor[];
  /** m of each parameter, in order: together with the searched weights' momenta, the optimizer's whole state. */
  readonly momenta: readonly Tensor[];
  readonly #searched: readonly SelfUpdating[];
  readonly #options: SgdOptions;
  readonly #logits: SgdGroup;

  constructor(
    parameters: readonly Tensor[],
    searched: readonly SelfUpdating[],
    { logits, ...options }: SgdOptions & { readonly logits?: SgdGroup },
  ) {
    this.#parameters = parameters;
    this.momenta = noGrad(() => parameters.map(zerosLike));
    this.#searched = searched;
    this.#options = options;
    this.#logits = logits ?? { ...options, lrScale: 1, lrUnit: "plain" };
  }

  /** Clears all gradients. Call it before each backward pass that should not accumulate. */
  clearGradients(): void {
    for (const parameter of this.#parameters) parameter.clearGrad();
    for (const { weight } of this.#searched) weight.clearGrad();
  }

  /** Updates every parameter by its gradient. */
  step(learningRate: number): void {
    const { momentum, weightDecay } = this.#options;
    const moved: Tensor[] = [];
    const momenta: Tensor[] = [];
    const gradients: Tensor[] = [];
    this.#parameters.forEach((parameter, index) => {
      const gradient = parameter.grad;
      const buffer = this.momenta[index];
      if (gradient === null || buffer === undefined) return;
      moved.push(parameter);
      momenta.push(buffer);
      gradients.push(gradient);
    });
    if (moved.length > 0) noGrad(() => nativeSgd(moved, momenta, gradients, learningRate, momentum, weightDecay));
    const logits = this.#logits;
    for (const searched of this.#searched) {
      // m ← μ m + c g + λ a; a ← a − η m, with m in units of c.
      const gain = logits.lrUnit === "float" ? searched.floatGradientScale : 1;
      searched.step({
        learningRate: learningRate * logits.lrScale * gain,
        momentum: logits.momentum,
        weightDecay: logits.weightDecay / gain,
      });
    }
  }
}
