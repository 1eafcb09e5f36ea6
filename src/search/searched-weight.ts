import { addInPlace, copyInto, mul, mulInPlace, subInPlace } from "../tensor/arithmetic.js";
import { noGrad } from "../tensor/autograd.js";
import { rand, zeros, zerosLike } from "../tensor/create.js";
import { sortDescending } from "../tensor/shape.js";
import { scope, type Tensor } from "../tensor/tensor.js";
import { normalFit } from "./normal-fit.js";
import { type Draw, EVALUATION_DRAW, type LogitStep, logitGradient, logitSgdStep, sampleInto } from "./sample.js";
import { measureSearch, type SearchStatistics } from "./search-statistics.js";
import { checkValueSet } from "./value-set.js";
import { type ScaleChoice, type ScaleOptions, scaleOptions, WeightScale } from "./weight-scale.js";

/** Spread of the initial logits around log(1/K). */
const INITIAL_SPREAD = 1e-5;

/**
 * A weight tensor that is searched over a value set: its logits are trained, `weight` is used in the forward pass.
 *
 * `weight` is a leaf of autograd: `draw` fills it before a step, backward leaves ∂L/∂w in its gradient, and `step`
 * updates the logits from it. ∂L/∂a follows from the logits and ∂L/∂w, so it is never stored, and summing over
 * micro-batches or ranks costs one number per weight whatever K is.
 *
 * After `refine(w₀)` the values are factors of a frozen weight: w = w₀ · b, and ∂L/∂b = w₀ · ∂L/∂w.
 *
 * With a scale (`WeightScale`) a layer computes with s · w, `effectiveWeight`.
 */
export class SearchedWeight {
  readonly values: readonly number[];
  /** a, `[…shape, K]`. */
  readonly logits: Tensor;
  /** w, `[…shape]`: the result of the last draw. */
  readonly weight: Tensor;
  /** m of SGD, `[…shape, K]`. */
  readonly momentum: Tensor;
  /**
   * `[…shape]`, uint8: the index of each hard value at the last call of `statistics` or `rememberChoices`; 0 before.
   */
  readonly choices: Tensor;
  #frozen: Tensor | null = null;
  /** Whether nothing was said of a scale, so that it may be chosen by what follows the layer. */
  readonly isScaleOpen: boolean;
  #scale: WeightScale | null = null;
  #lastDraw: Draw = EVALUATION_DRAW;
  /** Versions of logits and weight after a step that filled `weight` with the new hard values. */
  #drawnAhead: readonly [logits: number, weight: number] | null = null;

  /**
   * Logits start at log(1/K) + 1e-5 (u − ½), u ~ U(0, 1), from LibTorch's generator; the weight at their hard values.
   * Throws InputError for an invalid value set.
   *
   * @param scale the scale of the weight; "auto" leaves it open, for now without one
   */
  constructor(shape: readonly number[], values: readonly number[], scale: ScaleChoice = "auto") {
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
    this.isScaleOpen = scale === "auto";
    const options = scaleOptions(scale);
    if (options !== null) this.setScale(options);
    this.draw(EVALUATION_DRAW);
  }

  /** w₀ `[…shape]` after `refine`; `null` if the values are the weights themselves. */
  get frozen(): Tensor | null {
    return this.#frozen;
  }

  /** s of s · w; `null` for none. */
  get scale(): WeightScale | null {
    return this.#scale;
  }

  /** Gives the weight a scale. */
  setScale(options: ScaleOptions): void {
    this.#scale = new WeightScale(this.weight.shape, this.values, options);
    this.#scale.tensor.moveTo(this.weight.device);
  }

  /** What a layer computes with, `[…shape]`: s · w with gradients for both, or `weight` itself without a scale. */
  effectiveWeight(): Tensor {
    return this.#scale?.apply(this.weight) ?? this.weight;
  }

  /**
   * Freezes w₀ and searches factors of it. The first value must be 1: the logits are sorted in descending order, so
   * that it is chosen everywhere and the weight equals w₀ bit for bit. Copies `frozen`; in a scope, keep the copy.
   * @throws RangeError if the first value is not 1
   */
  refine(frozen: Tensor): void {
    if (this.values[0] !== 1) throw new RangeError(`refine expects values that begin with 1, not ${this.values}`);
    noGrad(() => {
      this.#frozen ??= zerosLike(this.weight);
      copyInto(this.#frozen, frozen);
      scope(() => copyInto(this.logits, sortDescending(this.logits)));
    });
    this.#drawnAhead = null;
    this.draw(EVALUATION_DRAW);
  }

  /**
   * n/2 · `gradientScale` of the value set (`normalFit`), n the fan-in: gradients multiplied by it move logits
   * initialized by `startFromNormal` as fast as a float layer with Kaiming initialization, σ² = 2/n.
   */
  get floatGradientScale(): number {
    const inputs = this.weight.shape.slice(1).reduce((product, size) => product * size, 1);
    return (inputs / 2) * normalFit(this.values).gradientScale;
  }

  /**
   * Every value that `weight` can take: the value set, or after `refine` the products of its values and w₀'s,
   * ascending.
   */
  reachableValues(): readonly number[] {
    if (this.#frozen === null) return this.values;
    const frozen = new Set(this.#frozen.toTypedArray() as ArrayLike<number> & Iterable<number>);
    const products = [...frozen].flatMap((w0) => this.values.map((value) => Math.fround(w0 * value)));
    return [...new Set(products)].sort((a, b) => a - b);
  }

  /**
   * Samples `weight` from the logits. Hard values without noise are already there after a `step` that followed such a
   * draw, and the temperature does not change the argmax. Writes to the logits in between through a typed array, which
   * does not bump the version, would be missed.
   */
  draw(draw: Draw): void {
    this.#lastDraw = draw;
    const ahead = this.#isDrawnAhead();
    this.#drawnAhead = null;
    if (ahead && isPlain(draw)) return;
    noGrad(() => {
      sampleInto(this.weight, this.logits, this.values, draw);
      if (this.#frozen !== null) scope(() => mulInPlace(this.weight, this.#frozen ?? 1));
    });
  }

  /** ∂L/∂a `[…shape, K]` of the last draw, from ∂L/∂w; `null` before a backward pass. */
  logitGradient(): Tensor | null {
    const gradient = this.#valueGradient();
    return gradient && logitGradient(gradient, this.logits, this.values, this.#lastDraw);
  }

  /**
   * Takes one step of SGD with momentum and weight decay on the logits; does nothing without a gradient. After a hard
   * draw without noise, the next one is made in the same pass over memory.
   */
  step(step: LogitStep): void {
    const gradient = this.#valueGradient();
    if (gradient === null) return;
    const next = isPlain(this.#lastDraw) && this.#frozen === null ? this.weight : null;
    logitSgdStep(this.logits, this.momentum, gradient, this.values, this.#lastDraw, step, next);
    this.#drawnAhead = next && [this.logits.version, this.weight.version];
  }

  /**
   * Measures the search at temperature t > 0, without noise. Flips are counted from the remembered choices, which are
   * then updated.
   */
  statistics(temperature: number): SearchStatistics {
    return measureSearch(this.logits, this.choices, temperature);
  }

  /** Remembers the current hard values, from which the next `statistics` counts flips. */
  rememberChoices(): void {
    this.statistics(1);
  }

  /** Moves all tensors to a device. */
  moveTo(device: string): void {
    for (const tensor of [this.logits, this.weight, this.momentum, this.choices]) tensor.moveTo(device);
    this.#frozen?.moveTo(device);
    this.#scale?.tensor.moveTo(device);
    this.#drawnAhead = null;
  }

  #isDrawnAhead(): boolean {
    return this.#drawnAhead?.[0] === this.logits.version && this.#drawnAhead[1] === this.weight.version;
  }

  /** The gradient of the searched values: ∂L/∂w, times w₀ if there is one. */
  #valueGradient(): Tensor | null {
    const gradient = this.weight.grad;
    return gradient === null || this.#frozen === null ? gradient : noGrad(() => mul(gradient, this.#frozen ?? 1));
  }
}

/** Whether a draw gives hard weights without noise. */
function isPlain({ hard, noiseScale }: Draw): boolean {
  return hard && noiseScale === 0;
}
