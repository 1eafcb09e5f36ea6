import { addInPlace, mulInPlace, subInPlace } from "../tensor/arithmetic.js";
import { noGrad } from "../tensor/autograd.js";
import { rand, zeros, zerosLike } from "../tensor/create.js";
import type { Tensor } from "../tensor/tensor.js";
import { type Draw, EVALUATION_DRAW, type LogitStep, logitGradient, logitSgdStep, sampleInto } from "./sample.js";
import { checkValueSet } from "./value-set.js";

/** How far initial logits spread around log(1/K). */
const INITIAL_SPREAD = 1e-5;

/**
 * A weight tensor that is searched over a value set: its logits are what is trained, `weight` is what the network
 * computes with.
 *
 * `weight` is a leaf of autograd: `draw` fills it before a step, backward leaves ∂L/∂w in its gradient, and `step`
 * moves the logits with that. ∂L/∂a follows from the logits and ∂L/∂w, so it is never kept, and summing over
 * micro-batches or processes costs one number a weight whatever K is.
 */
export class SearchedWeight {
  readonly values: readonly number[];
  /** a, `[…shape, K]`. */
  readonly logits: Tensor;
  /** w, `[…shape]`: what the last draw gave. */
  readonly weight: Tensor;
  readonly #momentum: Tensor;
  #lastDraw: Draw = EVALUATION_DRAW;

  /** Logits start at log(1/K) + 1e-5 (u − ½), u ~ U(0, 1), from LibTorch's generator; the weight at their best values. Throws InputError for what is no value set. */
  constructor(shape: readonly number[], values: readonly number[]) {
    this.values = checkValueSet(values, "SearchedWeight");
    this.logits = noGrad(() =>
      addInPlace(
        mulInPlace(subInPlace(rand([...shape, values.length]), 0.5), INITIAL_SPREAD),
        Math.log(1 / values.length),
      ),
    );
    this.#momentum = zerosLike(this.logits);
    this.weight = zeros(shape);
    this.weight.requiresGrad = true;
    this.draw(EVALUATION_DRAW);
  }

  /** Fills `weight` from the logits. */
  draw(draw: Draw): void {
    this.#lastDraw = draw;
    noGrad(() => sampleInto(this.weight, this.logits, this.values, draw));
  }

  /** ∂L/∂a `[…shape, K]` of the last draw, from ∂L/∂w; `null` before a backward pass. */
  logitGradient(): Tensor | null {
    const gradient = this.weight.grad;
    return gradient && logitGradient(gradient, this.logits, this.values, this.#lastDraw);
  }

  /** One step of SGD with momentum and weight decay on the logits; nothing happens when there is no gradient. */
  step(step: LogitStep): void {
    const gradient = this.weight.grad;
    if (gradient !== null) logitSgdStep(this.logits, this.#momentum, gradient, this.values, this.#lastDraw, step);
  }
}
