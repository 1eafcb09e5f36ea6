import { scaledDotProductAttention } from "../tensor/attention.js";
import { permute, reshape, select } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { Linear } from "./linear.js";
import { type Mode, Module } from "./module.js";
import type { WeightOptions } from "./weighted-layer.js";

export interface MultiheadAttentionOptions extends WeightOptions {
  /** E, a multiple of the number of heads. */
  readonly embedDim: number;
  /** H. */
  readonly numHeads: number;
  /** Whether the projections have biases; by default yes. */
  readonly bias?: boolean;
}

/**
 * Self-attention, `[N, T, E]` → `[N, T, E]`: for each of H heads of D = E/H features softmax(q kᵀ / √D) v, the heads'
 * outputs side by side through a last projection. Queries, keys and values are one projection `qkv` `[3E, E]`, the last
 * is `proj` `[E, E]`: all four float or searched.
 * @see Vaswani et al., "Attention Is All You Need", NeurIPS 2017
 */
export class MultiheadAttention extends Module {
  readonly #qkv: Linear;
  readonly #proj: Linear;
  readonly #numHeads: number;

  /** @throws RangeError where the features do not divide into the heads */
  constructor({ embedDim, numHeads, ...options }: MultiheadAttentionOptions) {
    super();
    if (!Number.isInteger(embedDim / numHeads)) {
      throw new RangeError(`embedDim: expected a multiple of ${numHeads} heads, received ${embedDim}`);
    }
    this.#numHeads = numHeads;
    this.#qkv = this.child("qkv", new Linear({ ...options, inFeatures: embedDim, outFeatures: 3 * embedDim }));
    this.#proj = this.child("proj", new Linear({ ...options, inFeatures: embedDim, outFeatures: embedDim }));
  }

  override forward(input: Tensor, mode: Mode): Tensor {
    const [images = 0, tokens = 0, features = 0] = input.shape;
    const heads = this.#numHeads;
    const projected = reshape(this.#qkv.forward(input, mode), [images, tokens, 3, heads, features / heads]);
    const byPart = permute(projected, [2, 0, 3, 1, 4]);
    const [query, key, value] = [select(byPart, 0, 0), select(byPart, 0, 1), select(byPart, 0, 2)];
    const attended = permute(scaledDotProductAttention(query, key, value), [0, 2, 1, 3]);
    return this.#proj.forward(reshape(attended, [images, tokens, features]), mode);
  }
}
