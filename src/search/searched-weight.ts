import { addInPlace, copyInto, mul, mulInPlace, subInPlace } from "../tensor/arithmetic.js";
import { noGrad } from "../tensor/autograd.js";
import { rand, zeros, zerosLike } from "../tensor/create.js";
import { sortDescending } from "../tensor/shape.js";
import { scope, type Tensor } from "../tensor/tensor.js";
import { normalFit } from "./normal-fit.js";
import { type Draw, EVALUATION_DRAW, type LogitStep, logitGradient, logitSgdStep, sampleInto } from "./sample.js";
import { measureSearch, type SearchStatistics } from "./search-statistics.js";
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
 *
 * After `refine(w₀)` the values are factors of a weight that is held fixed: w = w₀ · b, and ∂L/∂b = w₀ · ∂L/∂w.
 */
export class SearchedWeight {
  readonly values: readonly number[];
  /** a, `[…shape, K]`. */
  readonly logits: Tensor;
  /** w, `[…shape]`: what the last draw gave. */
  readonly weight: Tensor;
  /** m of SGD, `[…shape, K]`. */
  readonly momentum: Tensor;
  /** `[…shape]`, uint8: the index of each weight's best value when `statistics` or `rememberChoices` was last called; 0 before. */
  readonly choices: Tensor;
  #base: Tensor | null = null;
  #lastDraw: Draw = EVALUATION_DRAW;
  /** Versions of logits and weight after a step that left the logits' hard values in the weight. */
  #drawnAhead: readonly [logits: number, weight: number] | null = null;

  /** Logits start at log(1/K) + 1e-5 (u − ½), u ~ U(0, 1), from LibTorch's generator; the weight at their best values. Throws InputError for what is no value set. */
  constructor(shape: readonly number[], values: readonly number[]) {
    this.values = checkValueSet(values, "SearchedWeight");
    this.logits = noGrad(() =>
      addInPlace(
        mulInPlace(subInPlace(rand([...shape, values.length]), 0.5), INITIAL_SPREAD),
        Math.log(1 / values.length),
      ),
    );
    this.momentum = zerosLike(this.logits);
    this.choices = zeros(shape, "uint8");
    this.weight = zeros(shape);
    this.weight.requiresGrad = true;
    this.draw(EVALUATION_DRAW);
  }

  /** w₀ `[…shape]` after `refine`; `null` when the values are the weights themselves. */
  get base(): Tensor | null {
    return this.#base;
  }

  /**
   * Holds w₀ fixed and searches factors of it. The first value is to be 1: the logits are put in falling order, so that
   * it wins everywhere and the weight is w₀ to the bit. Copies `base`; in a scope, the copy is to be kept.
   * @throws RangeError when the first value is not 1
   */
  refine(base: Tensor): void {
    if (this.values[0] !== 1) throw new RangeError(`refine expects values that begin with 1, not ${this.values}`);
    noGrad(() => {
      this.#base ??= zerosLike(this.weight);
      copyInto(this.#base, base);
      scope(() => copyInto(this.logits, sortDescending(this.logits)));
    });
    this.#drawnAhead = null;
    this.draw(EVALUATION_DRAW);
  }

  /**
   * n/2 · `gradientScale` of the value set (`normalFit`), n the inputs that an output sums over: gradients multiplied by it move logits that start as
   * `startFromNormal` has them at the pace of a float layer with Kaiming initialization, σ² = 2/n.
   */
  get floatGradientScale(): number {
    const inputs = this.weight.shape.slice(1).reduce((product, size) => product * size, 1);
    return (inputs / 2) * normalFit(this.values).gradientScale;
  }

  /** Every value that `weight` can take: the value set, or after `refine` the products of its values and w₀'s, ascending. */
  reachableValues(): readonly number[] {
    if (this.#base === null) return this.values;
    const bases = new Set(this.#base.toTypedArray() as ArrayLike<number> & Iterable<number>);
    const products = [...bases].flatMap((base) => this.values.map((value) => Math.fround(base * value)));
    return [...new Set(products)].sort((a, b) => a - b);
  }

  /**
   * Fills `weight` from the logits. Nothing is left to do for hard values without noise after a `step` that followed such a
   * draw: it has made them already, and the temperature does not change which value is the best. Logits written to in between
   * through a typed array, which counts no version, would be missed.
   */
  draw(draw: Draw): void {
    this.#lastDraw = draw;
    const ahead = this.#isDrawnAhead();
    this.#drawnAhead = null;
    if (ahead && isPlain(draw)) return;
    noGrad(() => {
      sampleInto(this.weight, this.logits, this.values, draw);
      if (this.#base !== null) scope(() => mulInPlace(this.weight, this.#base ?? 1));
    });
  }

  /** ∂L/∂a `[…shape, K]` of the last draw, from ∂L/∂w; `null` before a backward pass. */
  logitGradient(): Tensor | null {
    const gradient = this.#valueGradient();
    return gradient && logitGradient(gradient, this.logits, this.values, this.#lastDraw);
  }

  /**
   * One step of SGD with momentum and weight decay on the logits; nothing happens when there is no gradient. After a hard
   * draw without noise, the next one is made in the same pass over memory.
   */
  step(step: LogitStep): void {
    const gradient = this.#valueGradient();
    if (gradient === null) return;
    const next = isPlain(this.#lastDraw) && this.#base === null ? this.weight : null;
    logitSgdStep(this.logits, this.momentum, gradient, this.values, this.#lastDraw, step, next);
    this.#drawnAhead = next && [this.logits.version, this.weight.version];
  }

  /** How far the search has come at temperature t > 0, without noise; what changed, since the best values were last remembered. Remembers those of now. */
  statistics(temperature: number): SearchStatistics {
    return measureSearch(this.logits, this.choices, temperature);
  }

  /** Makes the best values of now those that the next `statistics` counts changes from. */
  rememberChoices(): void {
    this.statistics(1);
  }

  /** Moves everything to a device. */
  moveTo(device: string): void {
    for (const tensor of [this.logits, this.weight, this.momentum, this.choices]) tensor.moveTo(device);
    this.#base?.moveTo(device);
    this.#drawnAhead = null;
  }

  #isDrawnAhead(): boolean {
    return this.#drawnAhead?.[0] === this.logits.version && this.#drawnAhead[1] === this.weight.version;
  }

  /** The gradient of what the logits choose: ∂L/∂w, times w₀ where there is one. */
  #valueGradient(): Tensor | null {
    const gradient = this.weight.grad;
    return gradient === null || this.#base === null ? gradient : noGrad(() => mul(gradient, this.#base ?? 1));
  }
}

/** Whether a draw takes the most probable values as they are. */
function isPlain({ hard, noiseScale }: Draw): boolean {
  return hard && noiseScale === 0;
}
