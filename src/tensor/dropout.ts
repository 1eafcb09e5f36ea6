import { tensorOperator } from "./operator.js";
import type { Tensor } from "./tensor.js";

const atenDropout = tensorOperator("aten::dropout");

/** x · m / (1 − p) with m of 0 and 1, 0 with probability p, from LibTorch's generator. */
export function dropout(x: Tensor, p: number): Tensor {
  return atenDropout(x, p, true);
}
