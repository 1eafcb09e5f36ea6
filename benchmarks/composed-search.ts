import { softmax } from "../src/tensor/activation.js";
import { add, addInPlace, div, log, mul, mulInPlace, neg, sub } from "../src/tensor/arithmetic.js";
import { noGrad } from "../src/tensor/autograd.js";
import { rand } from "../src/tensor/create.js";
import { tensorOperator } from "../src/tensor/operator.js";
import { sum } from "../src/tensor/reduce.js";
import { detach } from "../src/tensor/shape.js";
import type { Tensor } from "../src/tensor/tensor.js";
import type { Mode } from "./precision.js";

const atenArgmax = tensorOperator("aten::argmax");
const atenZerosLike = tensorOperator("aten::zeros_like");
const atenScatter = tensorOperator("aten::scatter_", "value");
const atenAdd = tensorOperator("aten::add", "Tensor");
const atenAddInPlace = tensorOperator("aten::add_", "Tensor");

/**
 * Weights from logits by LibTorch's own operators, as benchmarks/peer/searched.py has them: what a user of PyTorch
 * writes. `[…, K]` → `[…]`, differentiable.
 * @param values `[K]`
 */
export function composedDraw(logits: Tensor, values: Tensor, mode: Mode): Tensor {
  const noisy = mode === "noise" ? add(logits, gumbelNoise(logits.shape)) : logits;
  const soft = softmax(div(noisy, 1));
  if (mode === "soft") return sum(mul(soft, values), [-1]);
  const best = atenScatter(atenZerosLike(soft), -1, atenArgmax(soft, -1, true), 1n);
  return sum(mul(add(sub(best, detach(soft)), soft), values), [-1]);
}

/** −log(−log u), u ~ U(0, 1). */
function gumbelNoise(shape: readonly number[]): Tensor {
  return neg(log(neg(log(rand(shape)))));
}

/** A step of torch.optim.SGD on one parameter with a gradient: g + λa; m ← μ m + that; a ← a − η m. */
export function composedSgdStep(
  parameter: Tensor,
  momentum: Tensor,
  settings: { readonly learningRate: number; readonly momentum: number; readonly weightDecay: number },
): void {
  noGrad(() => {
    if (parameter.grad === null) throw new Error("the parameter has no gradient");
    const decayed = atenAdd(parameter.grad, parameter, settings.weightDecay);
    addInPlace(mulInPlace(momentum, settings.momentum), decayed);
    atenAddInPlace(parameter, momentum, -settings.learningRate);
  });
}
