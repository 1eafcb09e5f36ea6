import { softmax } from "../../src/tensor/activation.js";
import { add, div, equal, mul, sub } from "../../src/tensor/arithmetic.js";
import { arange, tensor } from "../../src/tensor/create.js";
import type { Dtype } from "../../src/tensor/dtype.js";
import { argmax, sum } from "../../src/tensor/reduce.js";
import { detach, to, unsqueeze } from "../../src/tensor/shape.js";
import type { Tensor } from "../../src/tensor/tensor.js";

/**
 * Composes the search operator of LibTorch's own operators, as the reference for tests and benchmarks of the fused one.
 * The same equations as `sample` without noise, which the caller adds to the logits.
 * @param logits a, `[…, K]`
 * @returns w, `[…]`, differentiable
 */
export function sampleByComposition(
  logits: Tensor,
  values: readonly number[],
  temperature: number,
  hard: boolean,
): Tensor {
  const dtype: Dtype = logits.dtype;
  const p = softmax(div(logits, temperature));
  const choice = hard ? add(sub(oneHot(argmax(logits, -1), values.length, dtype), detach(p)), p) : p;
  return sum(mul(choice, tensor(values, [values.length], dtype)), [-1]);
}

function oneHot(indices: Tensor, count: number, dtype: Dtype): Tensor {
  return to(equal(unsqueeze(indices, -1), arange(0, count)), dtype);
}
