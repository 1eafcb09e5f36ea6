import { embedding } from "../tensor/embedding.js";
import type { Tensor } from "../tensor/tensor.js";
import { normal } from "./initialization.js";
import type { Mode } from "./module.js";
import { WeightedLayer, type WeightOptions } from "./weighted-layer.js";

export interface EmbeddingOptions extends WeightOptions {
  /** V. */
  readonly numEmbeddings: number;
  /** D. */
  readonly embeddingDim: number;
}

/** Rows of a table, float, at first N(0, 1), or searched: int64 `[…]` in 0 … V − 1 → `[…, D]`. */
export class Embedding extends WeightedLayer {
  constructor(options: EmbeddingOptions) {
    const shape = [options.numEmbeddings, options.embeddingDim];
    super(shape, options, () => normal(shape, 1), null);
  }

  override forward(indices: Tensor, _mode: Mode): Tensor {
    return embedding(this.effectiveWeight(), indices);
  }
}
