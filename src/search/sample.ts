import { operator, tensorOperator } from "../tensor/operator.js";
import type { Tensor } from "../tensor/tensor.js";

const nativeSample = tensorOperator("weight_search::sample");
const nativeSampleOut = tensorOperator("weight_search::sample", "out");
const nativeBackward = tensorOperator("weight_search::sample_backward");
const nativeLogitSgd = operator("weight_search::logit_sgd_");

/** Everything but the logits that a sampled weight depends on. */
export interface Draw {
  /** t > 0. */
  readonly temperature: number;
  /** s ≥ 0, the scale of the Gumbel noise; 0 disables it. */
  readonly noiseScale: number;
  /** Key of the noise, 64 bits. The noise of weight i is a function of (seed, step, i) alone. */
  readonly seed: bigint;
  /** Counter of the noise: each step is a new draw. */
  readonly step: number;
  /** Hard (argmax) weights with a straight-through gradient rather than soft (expected) ones. */
  readonly hard: boolean;
}

/** The draw of evaluation: hard weights without noise. */
export const EVALUATION_DRAW: Draw = { temperature: 1, noiseScale: 0, seed: 0n, step: 0, hard: true };

/** SGD's settings for one step. */
export interface LogitStep {
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
}

/**
 * Samples the weights from the logits, differentiably:
 *
 *     p    = softmax((a + s·g) / t),  g ~ Gumbel(0, 1)
 *     soft : w = Σₖ pₖ vₖ
 *     hard : w = v_argmax p           (the first of equals)
 *     ∂w/∂aₖ = pₖ (vₖ − Σⱼ pⱼ vⱼ) / t  for both: straight-through for hard
 *
 * Infinite logits are limits: −∞ is never chosen while another is finite, +∞ always; all equal is uniform. A NaN logit
 * gives a NaN weight.
 * @param logits a, `[…, K]`, float32 or float64
 * @param values v, K numbers
 * @returns w, `[…]`
 * @throws if K differs from the number of values, or a setting is out of range
 * @see Yang et al., "Searching for Low-Bit Weights in Quantized Neural Networks", NeurIPS 2020
 */
export function sample(logits: Tensor, values: readonly number[], draw: Draw): Tensor {
  return nativeSample(logits, values, draw.temperature, draw.noiseScale, draw.seed, draw.step, draw.hard);
}

/** Samples into an existing tensor `[…]`, without recording gradients; see `sample`. */
export function sampleInto(weights: Tensor, logits: Tensor, values: readonly number[], draw: Draw): void {
  const { temperature, noiseScale, seed, step, hard } = draw;
  // The operator returns `weights` through another handle, which is not needed.
  nativeSampleOut(logits, values, temperature, noiseScale, seed, step, hard, weights).release();
}

/** ∂L/∂a `[…, K]` from ∂L/∂w `[…]`, for weights drawn from these logits with this draw. */
export function logitGradient(weightGradient: Tensor, logits: Tensor, values: readonly number[], draw: Draw): Tensor {
  return nativeBackward(weightGradient, logits, values, draw.temperature, draw.noiseScale, draw.seed, draw.step);
}

/**
 * Takes one step of SGD on the logits, from ∂L/∂w: ∂L/∂a is computed on the fly and never stored.
 *
 *     m ← μ m + ∂L/∂a + λ a;   a ← a − η m
 *
 * @param logits a, `[…, K]`, and `momentum` m, of the same shape: both updated in place
 * @param draw the draw that sampled the weights of this step
 * @param nextHardWeight `[…]`: filled with the hard weights of the new logits in the same pass
 */
export function logitSgdStep(
  logits: Tensor,
  momentum: Tensor,
  weightGradient: Tensor,
  values: readonly number[],
  draw: Draw,
  step: LogitStep,
  nextHardWeight: Tensor | null = null,
): void {
  nativeLogitSgd(
    logits,
    momentum,
    weightGradient,
    values,
    draw.temperature,
    draw.noiseScale,
    draw.seed,
    draw.step,
    step.learningRate,
    step.momentum,
    step.weightDecay,
    nextHardWeight,
  );
}
