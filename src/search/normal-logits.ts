import { copyInto } from "../tensor/arithmetic.js";
import { noGrad } from "../tensor/autograd.js";
import { fromTypedArray, randn } from "../tensor/create.js";
import { scope } from "../tensor/tensor.js";
import { normalFit, normalLogit } from "./normal-fit.js";
import { EVALUATION_DRAW } from "./sample.js";
import type { SearchedWeight } from "./searched-weight.js";

/**
 * Initialization of logits: nearly uniform or decided for the nearest value (`SearchedWeight`, `startFromFloat`), or by
 * `normalFit`.
 */
export type LogitInit = "uniform" | "normal";

/**
 * Initializes the logits like a float layer, from w ~ N(0, 1) of LibTorch's generator, with the logits of `normalFit`:
 * the value nearest to w has the highest logit, but by so little that at a temperature of 1 the others keep some
 * probability. Soft weights then nearly equal those of a float layer, and hard ones are quantized with a
 * straight-through estimator, until a falling temperature or growing logits separate the values.
 *
 * A standard deviation other than 1 would give the same logits.
 */
export function startFromNormal(searched: SearchedWeight): void {
  scope(() => {
    const logits = normalLogits(randn(searched.weight.shape).toTypedArray() as Float32Array, searched.values);
    noGrad(() => copyInto(searched.logits, fromTypedArray(logits, searched.logits.shape, { share: true })));
  });
  searched.draw(EVALUATION_DRAW);
}

/** The logits of `normalFit`, row-major `[N, K]`, of weights of mean 0 and variance 1; of `factor` times them. */
export function normalLogits(weights: Float32Array, values: readonly number[], factor = 1): Float32Array {
  const { scale } = normalFit(values);
  const logits = new Float32Array(weights.length * values.length);
  weights.forEach((w, index) => {
    values.forEach((value, k) => {
      logits[index * values.length + k] = normalLogit(factor * w, value, scale);
    });
  });
  return logits;
}
