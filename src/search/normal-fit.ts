import { fitScale } from "./fit-scale.js";

/** How a value set represents normally distributed weights, w ~ N(0, 1): u_k = v_k / s. */
export interface NormalFit {
  /** s of `fitScale`. */
  readonly scale: number;
  /** E[w̄²] / E[Σₖ (∂w̄/∂aₖ)²] of the soft weights w̄ that these logits give at a temperature of 1: see `normalFit`. */
  readonly gradientScale: number;
}

const SAMPLES = 4096;
/** τ: see `normalFit`. */
const BLUR = 2;

const fits = new Map<string, NormalFit>();

/**
 * Fits the logits that represent w ~ N(0, 1):
 *
 *     a_k = (w u_k − u_k² / 2) / τ,   so that p_k ∝ exp(−(w − u_k)² / (2τt))
 *
 * The value nearest to s·w has the highest logit. With τ = 2 and a temperature of 1 its margin is small: steps that
 * move w as fast as in a float layer then rarely decide for one value, however close the values are.
 *
 * SGD on the logits moves a soft weight w̄ = Σ p_k v_k by Δw̄ = −η Σₖ (∂w̄/∂aₖ)² ∂L/∂w̄. If batch normalization
 * follows, the scale of a weight does not matter, and a float weight w of variance σ², for which ∂L/∂w = (ŵ/σ) ∂L/∂w̄
 * with ŵ² = E[w̄²], moves by Δw/σ = −η ŵ σ⁻² ∂L/∂w̄. The relative steps agree, Δw̄/ŵ = Δw/σ, if the logits' gradients
 * are multiplied by `gradientScale` / σ².
 *
 * Expectations are means over 4096 quantiles.
 */
export function normalFit(values: readonly number[]): NormalFit {
  const key = values.join();
  const fit = fits.get(key) ?? measure(values);
  fits.set(key, fit);
  return fit;
}

/** The logit of a value v for a weight w, as `normalFit` says. */
export function normalLogit(w: number, value: number, scale: number): number {
  const unit = value / scale;
  return (w * unit - unit ** 2 / 2) / BLUR;
}

function measure(values: readonly number[]): NormalFit {
  const samples = normalQuantiles(SAMPLES);
  const scale = fitScale(samples, values);
  let squares = 0;
  let squaredSlopes = 0;
  for (const w of samples) {
    const logits = values.map((value) => normalLogit(w, value, scale));
    const soft = softWeight(logits, values);
    squares += soft.weight ** 2;
    squaredSlopes += soft.squaredSlopes;
  }
  return { scale, gradientScale: squares / squaredSlopes };
}

/** w̄ = Σ p_k v_k and Σₖ (∂w̄/∂aₖ)² = Σ p_k² (v_k − w̄)² at a temperature of 1. */
function softWeight(logits: readonly number[], values: readonly number[]): { weight: number; squaredSlopes: number } {
  const max = Math.max(...logits);
  const exponentials = logits.map((logit) => Math.exp(logit - max));
  const total = exponentials.reduce((sum, each) => sum + each, 0);
  const probabilities = exponentials.map((each) => each / total);
  const sumOver = (term: (p: number, value: number) => number) =>
    probabilities.reduce((sum, p, k) => sum + term(p, values[k] ?? 0), 0);
  const weight = sumOver((p, value) => p * value);
  return { weight, squaredSlopes: sumOver((p, value) => (p * (value - weight)) ** 2) };
}

/** The quantiles (i + ½) / n of N(0, 1), by integrating its density in steps of 0.001. */
function normalQuantiles(count: number): Float32Array {
  const quantiles = new Float32Array(count);
  const step = 0.001;
  let below = 0;
  let filled = 0;
  for (let x = -6; filled < count; x += step) {
    below += (step * Math.exp(-(x * x) / 2)) / Math.sqrt(2 * Math.PI);
    while (filled < count && (x > 6 || below > (filled + 0.5) / count)) quantiles[filled++] = x;
  }
  return quantiles;
}
