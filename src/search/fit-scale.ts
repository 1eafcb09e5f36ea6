/** Maximum number of weights used; more are sampled at a stride. */
const MAX_SAMPLES = 100_000;
const GRID_RATIO = 1.02;
const MAX_REFINEMENTS = 100;

/**
 * Fits the scale s > 0 that brings weights closest to a value set:
 *
 *     s = argmin Σᵢ (wᵢ − Q(s·wᵢ)/s)²,   Q(x) the value nearest to x
 *
 * and 1 if every weight is a member already, or all are zero. Scales are tried in steps of 2 %, and the best is refined
 * with its rounding fixed, s ← Σ Q² / Σ w·Q, until it converges. For {−1, 1} it is 1 / mean |w|.
 *
 * Of more than 100,000 weights it uses about as many, evenly spaced.
 *
 * @param weights finite
 */
export function fitScale(weights: Float32Array, values: readonly number[]): number {
  const members = new Set(values.map(Math.fround));
  if (weights.every((w) => members.has(w))) return 1;
  const rounding = new Rounding(weights, values);
  const { largest, meanMagnitude } = rounding;
  if (largest === 0) return 1;
  const magnitudes = values.map(Math.abs).filter((v) => v > 0);
  // Below the first scale all weights round like 0; past the last all but the smallest ones round to the ends.
  const first = Math.min(...magnitudes) / (4 * largest);
  const last = (4 * Math.max(...magnitudes)) / meanMagnitude;
  let best = first;
  let bestError = Number.POSITIVE_INFINITY;
  for (let scale = first; scale <= last; scale *= GRID_RATIO) {
    const { error } = rounding.at(scale);
    if (error < bestError) {
      best = scale;
      bestError = error;
    }
  }
  for (let round = 0; round < MAX_REFINEMENTS; round++) {
    const { bestScale } = rounding.at(best);
    if (!(bestScale > 0 && Number.isFinite(bestScale)) || bestScale === best) break;
    best = bestScale;
  }
  return best;
}

/**
 * Sums over weights rounded at a scale. The weights are sorted and prefix-summed once, so that a sum between two
 * thresholds costs a binary search.
 */
class Rounding {
  readonly largest: number;
  readonly meanMagnitude: number;
  readonly #sorted: Float64Array;
  /** Σ of the first i sorted weights. */
  readonly #sums: Float64Array;
  readonly #squares: number;
  readonly #values: readonly number[];

  constructor(weights: Float32Array, values: readonly number[]) {
    const stride = Math.ceil(weights.length / MAX_SAMPLES);
    const sampled = Float64Array.from(
      { length: Math.ceil(weights.length / stride) },
      (_, i) => weights[i * stride] ?? 0,
    );
    this.#sorted = sampled.sort();
    this.#sums = new Float64Array(sampled.length + 1);
    let squares = 0;
    let magnitude = 0;
    sampled.forEach((w, index) => {
      this.#sums[index + 1] = (this.#sums[index] ?? 0) + w;
      squares += w * w;
      magnitude += Math.abs(w);
    });
    this.#squares = squares;
    this.meanMagnitude = magnitude / sampled.length;
    this.largest = Math.max(Math.abs(sampled[0] ?? 0), Math.abs(sampled.at(-1) ?? 0));
    this.#values = [...values].sort((a, b) => a - b);
  }

  /** Σ (w − Q/s)² = Σw² − 2/s ΣwQ + 1/s² ΣQ², and the scale that is best for this rounding, ΣQ² / ΣwQ. */
  at(scale: number): { error: number; bestScale: number } {
    let products = 0;
    let squares = 0;
    let begin = 0;
    this.#values.forEach((value, index) => {
      const next = this.#values[index + 1];
      const end = next === undefined ? this.#sorted.length : this.#countBelow((value + next) / 2 / scale);
      products += value * ((this.#sums[end] ?? 0) - (this.#sums[begin] ?? 0));
      squares += value * value * (end - begin);
      begin = end;
    });
    return {
      error: this.#squares - (2 / scale) * products + squares / (scale * scale),
      bestScale: squares / products,
    };
  }

  #countBelow(threshold: number): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sorted[middle] ?? 0) < threshold) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
