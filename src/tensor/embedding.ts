import { tensorOperator } from "./operator.js";
import type { Tensor } from "./tensor.js";

const atenEmbedding = tensorOperator("aten::embedding");

/** Looks rows up: weight `[V, D]`, indices int64 `[…]` in 0 … V − 1 → `[…, D]`. */
export function embedding(weight: Tensor, indices: Tensor): Tensor {
  return atenEmbedding(weight, indices);
}
