import { full } from "../tensor/create.js";
import { birealSign, pact } from "../tensor/quantize.js";
import type { Tensor } from "../tensor/tensor.js";
import { type Mode, Module } from "./module.js";

/** Range of the bits of an activation. */
const MIN_ACTIVATION_BITS = 1;
export const MAX_ACTIVATION_BITS = 8;

/**
 * Initial clip by the number of bits, from 2: it minimizes the mean squared error for max(z, 0), z ~ N(0, 1), the
 * initial distribution after BatchNorm and ReLU, as Cai et al., "Deep Learning with Low Precision by Half-wave Gaussian
 * Quantization", CVPR 2017, choose their steps. PACT's own initial clip lies far above all activations and wastes most
 * steps of few bits.
 */
const FIRST_CLIPS = [1.95, 2.47, 2.9, 3.27, 3.61, 3.92, 4.21];

/**
 * Quantizes activations, `[N, …]` → `[N, …]`: 2 to 8 bits by `pact`, whose clip is trained with the weight decay of any
 * parameter; 1 bit by `birealSign`, which has no parameters.
 */
export class QuantizedActivation extends Module {
  readonly bits: number;
  readonly #clip: Tensor | null;

  /** @throws RangeError for other numbers of bits */
  constructor(bits: number) {
    super();
    this.bits = bits;
    this.#clip = bits === 1 ? null : this.parameter("clip", full([], firstClip(bits)));
  }

  override forward(input: Tensor, _mode: Mode): Tensor {
    return this.#clip === null ? birealSign(input) : pact(input, this.#clip, this.bits, this.reductionChunks);
  }
}

function firstClip(bits: number): number {
  const clip = FIRST_CLIPS[bits - 2];
  if (clip !== undefined) return clip;
  throw new RangeError(
    `expected activations of ${MIN_ACTIVATION_BITS} to ${MAX_ACTIVATION_BITS} bits, received ${bits}`,
  );
}
