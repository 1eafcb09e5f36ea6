import { add, addInPlace, mul, mulInPlace, subInPlace } from "../tensor/arithmetic.js";
import { noGrad } from "../tensor/autograd.js";
import { zerosLike } from "../tensor/create.js";
import { operator } from "../tensor/operator.js";
import { scope, type Tensor } from "../tensor/tensor.js";
import type { OptimizerDefinition } from "./definition.js";
import type { Optimizer, OptimizerSlot, ParameterSettings, SearchedLogits } from "./optimizer.js";

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

export interface SgdSettings extends SgdOptions {
  /** Those of the logits; by default those of all parameters. */
  readonly logits?: SgdGroup;
  readonly nesterov?: boolean;
  /** Those of each parameter, in order, where they differ. */
  readonly parameters?: readonly ParameterSettings[];
}

/** What moves alike in a step. */
interface Move {
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
}

/**
 * SGD with momentum and weight decay, as torch.optim.SGD:
 *
 *     m ← μ m + g + λ x;   x ← x − η m
 *     with Nesterov's momentum   x ← x − η (g + λ x + μ m)
 *
 * Parameters without a gradient are not changed. Searched weights apply the settings to their logits: the same ones, or
 * those of a separate group.
 */
export class Sgd implements Optimizer {
  readonly steps = null;
  readonly #parameters: readonly Tensor[];
  /** m of each parameter, in order. */
  readonly momenta: readonly Tensor[];
  readonly #searched: readonly SearchedLogits[];
  readonly #momentum: number;
  readonly #settings: readonly ParameterSettings[];
  readonly #logits: SgdGroup;
  readonly #nesterov: boolean;

  constructor(
    parameters: readonly Tensor[],
    searched: readonly SearchedLogits[],
    { logits, nesterov = false, parameters: own, ...options }: SgdSettings,
  ) {
    this.#parameters = parameters;
    this.momenta = noGrad(() => parameters.map(zerosLike));
    this.#searched = searched;
    this.#momentum = options.momentum;
    this.#settings = own ?? parameters.map(() => ({ lrScale: 1, weightDecay: options.weightDecay }));
    this.#logits = logits ?? { ...options, lrScale: 1, lrUnit: "plain" };
    this.#nesterov = nesterov;
  }

  get slots(): readonly OptimizerSlot[] {
    const logits = this.#searched.map(({ momentum }) => momentum);
    return [{ name: "momentum", parameters: this.momenta, logits }];
  }

  clearGradients(): void {
    clearGradients(this.#parameters, this.#searched);
  }

  step(learningRate: number): void {
    for (const [{ lrScale, weightDecay }, indices] of groupsOf(this.#settings)) {
      const moving = indices.flatMap((index) => this.#movingAt(index));
      if (moving.length === 0) continue;
      const move = { learningRate: learningRate * lrScale, momentum: this.#momentum, weightDecay };
      noGrad(() => {
        if (!this.#nesterov) plainStep(moving, move);
        else for (const each of moving) nesterovStep(each, move);
      });
    }
    for (const searched of this.#searched) this.#moveLogits(searched, learningRate);
  }

  #movingAt(index: number): Moving[] {
    const [parameter, momentum] = [this.#parameters[index], this.momenta[index]];
    const gradient = parameter?.grad ?? null;
    return parameter === undefined || momentum === undefined || gradient === null
      ? []
      : [{ parameter, momentum, gradient }];
  }

  #moveLogits(searched: SearchedLogits, rate: number): void {
    const { lrScale, lrUnit, momentum, weightDecay } = this.#logits;
    // m ← μ m + c g + λ a; a ← a − η m, with m in units of c.
    const gain = lrUnit === "float" ? searched.floatGradientScale : 1;
    const move = { learningRate: rate * lrScale * gain, momentum, weightDecay: weightDecay / gain };
    if (!this.#nesterov) {
      searched.step(move);
      return;
    }
    scope(() =>
      noGrad(() => {
        const gradient = searched.logitGradient();
        if (gradient !== null)
          nesterovStep({ parameter: searched.logits, momentum: searched.momentum, gradient }, move);
      }),
    );
  }
}

/** As a training config chooses it: `"optim": { "name": "sgd" }`. */
export const sgd: OptimizerDefinition = {
  name: "sgd",
  create: ({ parameters, searched, logits, momentum, options }) =>
    new Sgd(
      parameters.map(({ tensor }) => tensor),
      searched,
      // Each parameter has its own weight decay.
      { momentum, weightDecay: 0, logits, nesterov: options["nesterov"] === true, parameters },
    ),
};

interface Moving {
  readonly parameter: Tensor;
  readonly momentum: Tensor;
  readonly gradient: Tensor;
}

/** One call for all of them. */
function plainStep(moving: readonly Moving[], { learningRate, momentum, weightDecay }: Move): void {
  nativeSgd(
    moving.map(({ parameter }) => parameter),
    moving.map((each) => each.momentum),
    moving.map(({ gradient }) => gradient),
    ...([learningRate, momentum, weightDecay] as const),
  );
}

function nesterovStep(
  { parameter, momentum: m, gradient }: Moving,
  { learningRate, momentum, weightDecay }: Move,
): void {
  scope(() => {
    const decayed = weightDecay === 0 ? gradient : add(gradient, mul(parameter, weightDecay));
    addInPlace(mulInPlace(m, momentum), decayed);
    subInPlace(parameter, mul(add(decayed, mul(m, momentum)), learningRate));
  });
}

/** The places of equal settings, in the order in which they first occur. */
export function groupsOf(settings: readonly ParameterSettings[]): Map<ParameterSettings, number[]> {
  const groups = new Map<ParameterSettings, number[]>();
  const byText = new Map<string, ParameterSettings>();
  settings.forEach((each, index) => {
    const text = `${each.lrScale} ${each.weightDecay}`;
    const first = byText.get(text) ?? each;
    byText.set(text, first);
    groups.set(first, [...(groups.get(first) ?? []), index]);
  });
  return groups;
}

/** Clears the gradients of parameters and of searched weights. */
export function clearGradients(parameters: readonly Tensor[], searched: readonly { readonly weight: Tensor }[]): void {
  for (const parameter of parameters) parameter.clearGrad();
  for (const { weight } of searched) weight.clearGrad();
}
