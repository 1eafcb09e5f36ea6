import { tensorOperator } from "./operator.js";
import type { Tensor } from "./tensor.js";

const nativePact = tensorOperator("weight_search::pact");
const nativeBirealSign = tensorOperator("weight_search::bireal_sign");

/** Range of the bits of `pact`. */
const MIN_BITS = 2;
const MAX_BITS = 8;

/**
 * Quantizes activations to b bits, 2 to 8, with a trained clip α `[]`; c = max(α, 0), n = 2ᵇ − 1:
 *
 *     y = round(min(max(x, 0), c) / c · n) · c / n
 *     ∂L/∂x = ∂L/∂y where 0 ≤ x < c, else 0;   ∂L/∂α = Σ ∂L/∂y where x ≥ c
 *
 * Halves are rounded to even. A NaN of x stays NaN, with a gradient of 0; a clip of 0 or less makes everything 0, an
 * infinite one NaN. Float32 on the CPU takes one pass over memory; everything else is composed of LibTorch's operators.
 *
 * @param chunks of the batch, along the first dimension, by which ∂L/∂α is summed, see `ReductionChunks`
 * @throws RangeError for other numbers of bits
 * @see Choi et al., "PACT: Parameterized Clipping Activation for Quantized Neural Networks", 2018, arXiv 1805.06085
 */
export function pact(x: Tensor, clip: Tensor, bits: number, chunks = 1): Tensor {
  if (!Number.isInteger(bits) || bits < MIN_BITS || bits > MAX_BITS) {
    throw new RangeError(`pact: expected ${MIN_BITS} to ${MAX_BITS} bits, received ${bits}`);
  }
  return nativePact(x, clip, bits, chunks);
}

/**
 * Binarizes activations: sign(x) with sign(0) = 1, and the derivative of a piecewise parabola in place of sign's:
 *
 *     y = 1 where x ≥ 0, else −1
 *     ∂L/∂x = ∂L/∂y · (2 − 2 |x|) where −1 ≤ x < 1, else 0
 *
 * A NaN of x stays NaN, with a gradient of 0. Float32 on the CPU takes one pass over memory; everything else is composed of
 * LibTorch's operators.
 *
 * @see Liu et al., "Bi-Real Net", ECCV 2018, arXiv 1808.00278, section 3.4
 */
export function birealSign(x: Tensor): Tensor {
  return nativeBirealSign(x);
}
