import { copyInto } from "../tensor/arithmetic.js";
import { noGrad } from "../tensor/autograd.js";
import { fromTypedArray, randn } from "../tensor/create.js";
import { scope } from "../tensor/tensor.js";
import { fitScale } from "./fit-scale.js";
import { EVALUATION_DRAW } from "./sample.js";
import type { SearchedWeight } from "./searched-weight.js";

/**
 * Starts a search as a float layer starts, from w ~ N(0, 1) of LibTorch's generator: with u_k = v_k / s, s the scale at which the value
 * set represents w best (`fitScale`),
 *
 *     a_k = (w u_k − u_k² / 2) / K
 *
 * The value nearest to s·w wins, since the difference of two logits is that of the squared distances (w − u_k)², but by so little that
 * at a temperature of 1 every value keeps a share of the probability. As long as that holds, SGD adds to a_k in proportion to v_k,
 * which is to move w: the search is then that of a quantized weight with a straight-through estimator, the value set's own rounding
 * included. The division by K makes one learning rate do for all value sets: uniform probabilities give each logit 1/K of the gradient.
 *
 * A standard deviation other than 1 would give the same logits.
 */
export function startFromNormal(searched: SearchedWeight): void {
  scope(() => {
    const weights = randn(searched.weight.shape).toTypedArray() as Float32Array;
    const logits = logitsFor(weights, searched.values);
    noGrad(() => copyInto(searched.logits, fromTypedArray(logits, searched.logits.shape, { share: true })));
  });
  searched.draw(EVALUATION_DRAW);
}

/** The logits a, row-major `[N, K]`. */
function logitsFor(weights: Float32Array, values: readonly number[]): Float32Array {
  const count = values.length;
  const scale = fitScale(weights, values);
  const units = values.map((value) => value / scale);
  const logits = new Float32Array(weights.length * count);
  weights.forEach((weight, index) => {
    units.forEach((unit, k) => {
      logits[index * count + k] = (weight * unit - (unit * unit) / 2) / count;
    });
  });
  return logits;
}
