import { operator, tensorOperator } from "../tensor/operator.js";
import type { Tensor } from "../tensor/tensor.js";

const nativeSample = tensorOperator("weight_search::sample");
const nativeSampleOut = tensorOperator("weight_search::sample", "out");
const nativeBackward = tensorOperator("weight_search::sample_backward");
const nativeLogitSgd = operator("weight_search::logit_sgd_");

/** Everything besides the logits that a drawn weight depends on. */
export interface Draw {
  /** t > 0. */
  readonly temperature: number;
  /** s ≥ 0, the scale of the Gumbel noise; 0 turns it off. */
  readonly noiseScale: number;
  /** Key of the noise, 64 bits. The noise of weight i is a function of (seed, step, i) alone. */
  readonly seed: bigint;
  /** Counter of the noise: another step is another draw. */
  readonly step: number;
  /** The value of the most probable choice (straight-through) rather than the mean value. */
  readonly hard: boolean;
}

/** The draw of evaluation: the most probable value, no noise. */
export const EVALUATION_DRAW: Draw = { temperature: 1, noiseScale: 0, seed: 0n, step: 0, hard: true };

/** SGD's settings for one step. */
export interface LogitStep {
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
}

/**
 * Weights from logits, differentiable:
 *
 *     p    = softmax((a + s·g) / t),  g ~ Gumbel(0, 1)
 *     soft : w = Σₖ pₖ vₖ
 *     hard : w = v_argmax p           (the first of equals)
 *     ∂w/∂aₖ = pₖ (vₖ − Σⱼ pⱼ vⱼ) / t  for both: hard is straight-through
 *
 * Infinite logits are limits: −∞ is never chosen while another is finite, +∞ always; all equal is uniform. A NaN logit
 * gives a NaN weight.
 * @param logits a, `[…, K]`, float32 or float64
 * @param values v, K numbers
 * @returns w, `[…]`
 * @throws when K differs from the number of values, or a setting is out of range
 * @see Yang et al., "Searching for Low-Bit Weights in Quantized Neural Networks", NeurIPS 2020
 */
export function sample(logits: Tensor, values: readonly number[], draw: Draw): Tensor {
  return nativeSample(logits, values, draw.temperature, draw.noiseScale, draw.seed, draw.step, draw.hard);
}

/** As `sample`, into an existing tensor `[…]`, without recording for gradients. */
export function sampleInto(weights: Tensor, logits: Tensor, values: readonly number[], draw: Draw): void {
  const { temperature, noiseScale, seed, step, hard } = draw;
  // The operator gives `weights` back: another handle to it, which nobody needs.
  nativeSampleOut(logits, values, temperature, noiseScale, seed, step, hard, weights).release();
}

/** ∂L/∂a `[…, K]` from ∂L/∂w `[…]`, for weights drawn from these logits with this draw. */
export function logitGradient(weightGradient: Tensor, logits: Tensor, values: readonly number[], draw: Draw): Tensor {
  return nativeBackward(weightGradient, logits, values, draw.temperature, draw.noiseScale, draw.seed, draw.step);
}

/**
 * One step of SGD on logits, from ∂L/∂w: ∂L/∂a is computed on the way and never stored.
 *
 *     m ← μ m + ∂L/∂a + λ a;   a ← a − η m
 *
 * @param logits a, `[…, K]`, and `momentum` m, of the same shape: both updated in place
 * @param draw the one that the weights of this step were drawn with
 * @param nextHardWeight `[…]`: filled with the value of the greatest of the new logits, while they are at hand
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
