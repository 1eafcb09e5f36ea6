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

/** Something that an optimizer's settings move besides plain parameters: searched weights, by their logits. */
export interface SelfUpdating {
  readonly weight: Tensor;
  /** c: the factor of the gradient of what it is moved by that makes it keep pace with a float layer's weights. */
  readonly floatGradientScale: number;
  step(settings: SgdOptions & { readonly learningRate: number }): void;
}

/**
 * SGD with momentum and weight decay, as torch.optim.SGD:
 *
 *     m ← μ m + g + λ x;   x ← x − η m
 *
 * Parameters without a gradient stay as they are. Searched weights take the settings to their logits: the same, or those of a group
 * of their own.
 */
export class Sgd {
  readonly #parameters: readonly Tensor[];
  /** m of each parameter, in their order: with the searched weights' own, all that an optimizer remembers. */
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

  /** Forgets all gradients; to be called before each backward pass whose gradients should not add up. */
  clearGradients(): void {
    for (const parameter of this.#parameters) parameter.clearGrad();
    for (const { weight } of this.#searched) weight.clearGrad();
  }

  /** Moves every parameter by its gradient. */
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
