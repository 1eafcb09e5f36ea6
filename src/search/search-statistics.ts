import { noGrad } from "../tensor/autograd.js";
import { tensorOperator } from "../tensor/operator.js";
import { scope, type Tensor } from "../tensor/tensor.js";

const nativeSearchStatistics = tensorOperator("weight_search::search_statistics");

/** Statistics of the search of a weight tensor, as fractions of its weights and of the maximum entropy. */
export interface SearchStatistics {
  /** Mean entropy of p = softmax(a / t) ÷ ln K, in [0, 1]: 1 undecided, 0 decided. NaN if any logit is. */
  readonly entropy: number;
  /** Flip rate: the fraction of weights whose hard value differs from `choices`. */
  readonly changed: number;
  /**
   * The fraction of weights whose hard value is each value, in the order of the value set; weights with a NaN logit
   * have none.
   */
  readonly histogram: readonly number[];
}

/**
 * Measures logits in one pass over them:
 *
 *     entropy   = 1/N Σᵢ Hᵢ / ln K,  Hᵢ = −Σₖ pₖ ln pₖ,  p = softmax(aᵢ / t)
 *     bestᵢ     = argmaxₖ aᵢₖ        (the first of equals)
 *     changed   = 1/N Σᵢ [bestᵢ ≠ choiceᵢ]
 *     histogram = 1/N Σᵢ [bestᵢ = k]  for each k
 *
 * Infinite logits are limits, as in `sample`. A weight with a NaN logit has no hard value: it is in no bin, keeps its
 * choice and counts as unchanged. Sums are in float64 and independent of the number of threads.
 * @param logits a, `[…, K]`, float32 or float64, 2 ≤ K ≤ 256, of at least one weight
 * @param choices `[…]`, uint8, indices into the value set: those to compare with, replaced by the current ones
 * @throws if types or shapes are wrong, or the temperature is out of range
 */
export function measureSearch(logits: Tensor, choices: Tensor, temperature: number): SearchStatistics {
  const [entropy = 0, changed = 0, ...counts] = scope(() =>
    noGrad(() => nativeSearchStatistics(logits, temperature, choices).toArray()),
  );
  const weights = choices.size;
  return {
    // Rounding may exceed the maximum.
    entropy: Math.min(1, entropy / weights / Math.log(counts.length)),
    changed: changed / weights,
    histogram: counts.map((count) => count / weights),
  };
}
