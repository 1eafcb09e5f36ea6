import { softmax } from "./activation.js";
import { matmul, mul } from "./arithmetic.js";
import { hasOperator, tensorOperator } from "./operator.js";
import { transpose } from "./shape.js";
import type { Tensor } from "./tensor.js";

const NAME = "aten::scaled_dot_product_attention";
const atenAttention = tensorOperator(NAME);
let isFused: boolean | undefined;

/**
 * softmax(q kᵀ / √D) v: queries, keys and values `[N, H, T, D]` → `[N, H, T, D]`. LibTorch's operator where it has it,
 * from 2.0 on; before it is composed.
 */
export function scaledDotProductAttention(query: Tensor, key: Tensor, value: Tensor): Tensor {
  isFused ??= hasOperator(NAME);
  return isFused ? atenAttention(query, key, value, undefined, 0, false) : composedAttention(query, key, value);
}

/** The same, composed of products and a softmax. */
export function composedAttention(query: Tensor, key: Tensor, value: Tensor): Tensor {
  const scaled = mul(query, 1 / Math.sqrt(query.shape.at(-1) ?? 1));
  return matmul(softmax(matmul(scaled, transpose(key, -2, -1))), value);
}
