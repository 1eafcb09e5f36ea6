import { addInPlace, div, mul, mulInPlace, sqrt, subInPlace } from "../tensor/arithmetic.js";
import { noGrad } from "../tensor/autograd.js";
import { zeros, zerosLike } from "../tensor/create.js";
import { scope, type Tensor } from "../tensor/tensor.js";
import type { OptimizerDefinition } from "./definition.js";
import type { Optimizer, OptimizerSlot, ParameterSettings, SearchedLogits } from "./optimizer.js";
import { clearGradients } from "./sgd.js";

export interface AdamWOptions {
  /** β₁ of the gradient's mean; 0.9 by default. */
  readonly beta1?: number;
  /** β₂ of the squared gradient's mean; 0.999 by default. */
  readonly beta2?: number;
  /** ε; 1e-8 by default. */
  readonly epsilon?: number;
  /** λ ≥ 0. */
  readonly weightDecay: number;
  /** Those of the logits; by default those of all parameters. */
  readonly logits?: ParameterSettings;
  /** Those of each parameter, in order, where they differ. */
  readonly parameters?: readonly ParameterSettings[];
}

/**
 * Adam with decoupled weight decay, as torch.optim.AdamW:
 *
 *     x ← x − η λ x
 *     m ← β₁ m + (1 − β₁) g;   v ← β₂ v + (1 − β₂) g²
 *     x ← x − η / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε),   t the number of the step, from 1
 *
 * Parameters without a gradient are not changed. Of a searched weight x is the logits a and g is ∂L/∂a, which follows
 * from ∂L/∂w and is not kept. A factor on a gradient changes nothing but the weight of ε, so logits need no unit.
 * @see Loshchilov and Hutter, "Decoupled Weight Decay Regularization", ICLR 2019
 */
export class AdamW implements Optimizer {
  readonly steps: Tensor;
  readonly #parameters: readonly Tensor[];
  readonly #searched: readonly SearchedLogits[];
  readonly #slots: { readonly momentum: OptimizerSlot; readonly variance: OptimizerSlot };
  readonly #settings: readonly ParameterSettings[];
  readonly #logits: ParameterSettings;
  readonly #options: { readonly beta1: number; readonly beta2: number; readonly epsilon: number };

  constructor(
    parameters: readonly Tensor[],
    searched: readonly SearchedLogits[],
    { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay, logits, parameters: own }: AdamWOptions,
  ) {
    const common = { lrScale: 1, weightDecay };
    this.#parameters = parameters;
    this.#searched = searched;
    this.#settings = own ?? parameters.map(() => common);
    this.#logits = logits ?? common;
    this.#options = { beta1, beta2, epsilon };
    const like = (tensors: readonly Tensor[]) => noGrad(() => tensors.map(zerosLike));
    this.steps = zeros([], "int64");
    this.#slots = {
      momentum: {
        name: "momentum",
        parameters: like(parameters),
        logits: searched.map(({ momentum }) => momentum),
      },
      variance: {
        name: "variance",
        parameters: like(parameters),
        logits: like(searched.map(({ logits: own }) => own)),
      },
    };
  }

  get slots(): readonly OptimizerSlot[] {
    return [this.#slots.momentum, this.#slots.variance];
  }

  clearGradients(): void {
    clearGradients(this.#parameters, this.#searched);
  }

  step(learningRate: number): void {
    noGrad(() => {
      addInPlace(this.steps, 1);
      const step = this.steps.item();
      this.#parameters.forEach((parameter, index) => {
        const settings = this.#settings[index];
        if (parameter.grad === null || settings === undefined) return;
        this.#move(parameter, parameter.grad, this.#state("parameters", index), { ...settings, learningRate, step });
      });
      this.#searched.forEach((searched, index) => {
        scope(() => {
          const gradient = searched.logitGradient();
          if (gradient === null) return;
          const move = { ...this.#logits, learningRate, step };
          this.#move(searched.logits, gradient, this.#state("logits", index), move);
        });
      });
    });
  }

  #state(of: "parameters" | "logits", index: number): readonly [momentum: Tensor, variance: Tensor] {
    const { momentum, variance } = this.#slots;
    const [m, v] = [momentum[of][index], variance[of][index]];
    if (m === undefined || v === undefined) throw new RangeError(`AdamW: no state for number ${index} of the ${of}`);
    return [m, v];
  }

  #move(
    x: Tensor,
    gradient: Tensor,
    [m, v]: readonly [Tensor, Tensor],
    {
      lrScale,
      weightDecay,
      learningRate,
      step,
    }: ParameterSettings & { readonly learningRate: number; readonly step: number },
  ): void {
    const { beta1, beta2, epsilon } = this.#options;
    const rate = learningRate * lrScale;
    scope(() => {
      if (weightDecay !== 0) mulInPlace(x, 1 - rate * weightDecay);
      addInPlace(mulInPlace(m, beta1), mul(gradient, 1 - beta1));
      addInPlace(mulInPlace(v, beta2), mul(mul(gradient, gradient), 1 - beta2));
      const root = addInPlace(div(sqrt(v), Math.sqrt(1 - beta2 ** step)), epsilon);
      subInPlace(x, mul(div(m, root), rate / (1 - beta1 ** step)));
    });
  }
}

/** As a training config chooses it: `"optim": { "name": "adamw" }`. */
export const adamw: OptimizerDefinition = {
  name: "adamw",
  create: ({ parameters, searched, logits, options }) => {
    const number = (name: string) => Number(options[name]);
    return new AdamW(
      parameters.map(({ tensor }) => tensor),
      searched,
      // Each parameter has its own weight decay.
      {
        ...{ beta1: number("beta1"), beta2: number("beta2"), epsilon: number("epsilon") },
        ...{ weightDecay: 0, logits, parameters },
      },
    );
  },
};
