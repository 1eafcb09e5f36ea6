import { operator, tensorOperator } from "./operator.js";
import { adopt, type Tensor } from "./tensor.js";

const atenSum = tensorOperator("aten::sum");
const atenSumDim = tensorOperator("aten::sum", "dim_IntList");
const atenMean = tensorOperator("aten::mean");
const atenMeanDim = tensorOperator("aten::mean", "dim");
const atenArgmax = tensorOperator("aten::argmax");
const atenAmax = tensorOperator("aten::amax");
const atenAmin = tensorOperator("aten::amin");
const atenNorm = tensorOperator("aten::linalg_vector_norm");
const atenTopk = operator("aten::topk");

/** Sum over all elements, or over the given dimensions, which are dropped unless `keepDimensions`. */
export function sum(x: Tensor, dimensions?: readonly number[], keepDimensions = false): Tensor {
  return dimensions === undefined ? atenSum(x) : atenSumDim(x, dimensions, keepDimensions);
}

/** Mean over all elements, or over the given dimensions, which are dropped unless `keepDimensions`. */
export function mean(x: Tensor, dimensions?: readonly number[], keepDimensions = false): Tensor {
  return dimensions === undefined ? atenMean(x) : atenMeanDim(x, dimensions, keepDimensions);
}

/** Maximum over the given dimensions. */
export function max(x: Tensor, dimensions: readonly number[] = [], keepDimensions = false): Tensor {
  return atenAmax(x, dimensions, keepDimensions);
}

/** Minimum over the given dimensions. */
export function min(x: Tensor, dimensions: readonly number[] = [], keepDimensions = false): Tensor {
  return atenAmin(x, dimensions, keepDimensions);
}

/** Index of the maximum along a dimension: int64. The first of equals. */
export function argmax(x: Tensor, dimension: number): Tensor {
  return atenArgmax(x, dimension, false);
}

/** The k largest elements along the last dimension, in descending order, and their indices (int64): `[…, k]` each. */
export function topk(x: Tensor, k: number): { values: Tensor; indices: Tensor } {
  const [values, indices] = atenTopk(x, k, -1, true, true) as [number, number];
  return { values: adopt(values), indices: adopt(indices) };
}

/** √(Σ x²) over all elements. */
export function norm(x: Tensor): Tensor {
  return atenNorm(x, 2);
}
