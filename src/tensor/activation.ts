import { tensorOperator } from "./operator.js";
import type { Tensor } from "./tensor.js";

const atenRelu = tensorOperator("aten::relu");
const atenReluInPlace = tensorOperator("aten::relu_");
const atenSigmoid = tensorOperator("aten::sigmoid");
const atenTanh = tensorOperator("aten::tanh");
const atenSoftmax = tensorOperator("aten::softmax", "int");
const atenLogSoftmax = tensorOperator("aten::log_softmax", "int");
const atenRelu6 = tensorOperator("aten::relu6");
const atenGelu = tensorOperator("aten::gelu");
const atenSilu = tensorOperator("aten::silu");
const atenHardswish = tensorOperator("aten::hardswish");

/** max(x, 0). */
export function relu(x: Tensor): Tensor {
  return atenRelu(x);
}

/** x ← max(x, 0). Only if no earlier operation needs its result for the gradient (batch normalization does not). */
export function reluInPlace(x: Tensor): Tensor {
  return atenReluInPlace(x);
}

/** min(max(x, 0), 6). */
export function relu6(x: Tensor): Tensor {
  return atenRelu6(x);
}

/** x Φ(x), Φ the distribution function of N(0, 1): exact, by the error function. */
export function gelu(x: Tensor): Tensor {
  return atenGelu(x, "none");
}

/** x / (1 + e⁻ˣ). */
export function silu(x: Tensor): Tensor {
  return atenSilu(x);
}

/** x · min(max(x + 3, 0), 6) / 6. */
export function hardswish(x: Tensor): Tensor {
  return atenHardswish(x);
}

/** 1 / (1 + e⁻ˣ). */
export function sigmoid(x: Tensor): Tensor {
  return atenSigmoid(x);
}

/** tanh x. */
export function tanh(x: Tensor): Tensor {
  return atenTanh(x);
}

/** eˣⁱ / Σⱼ eˣʲ along a dimension. */
export function softmax(x: Tensor, dimension = -1): Tensor {
  return atenSoftmax(x, dimension);
}

/** xᵢ − ln Σⱼ eˣʲ along a dimension. */
export function logSoftmax(x: Tensor, dimension = -1): Tensor {
  return atenLogSoftmax(x, dimension);
}
