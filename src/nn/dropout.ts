import { dropout } from "../tensor/dropout.js";
import type { Tensor } from "../tensor/tensor.js";
import { type Mode, Module } from "./module.js";

/**
 * Sets elements to 0 with probability p in training and multiplies the others by 1 / (1 − p); the identity in
 * evaluation and calibration. Masks come from LibTorch's generator, which `train` seeds before each step from the run's seed, the step
 * and the rank, so that a resumed run draws the same ones.
 */
export class Dropout extends Module {
  readonly #p: number;

  /** @throws RangeError for a probability that is not 0 ≤ p < 1 */
  constructor(p = 0.5) {
    super();
    if (!(p >= 0 && p < 1)) throw new RangeError(`Dropout: expected a probability 0 ≤ p < 1, received ${p}`);
    this.#p = p;
  }

  override forward(input: Tensor, mode: Mode): Tensor {
    // Statistics are calibrated for evaluation, which has no masks.
    return mode === "eval" || mode === "calibrate" || this.#p === 0 ? input : dropout(input, this.#p);
  }
}
