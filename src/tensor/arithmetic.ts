import { isInteger } from "./dtype.js";
import { tensorOperator } from "./operator.js";
import type { Tensor } from "./tensor.js";
import type { Value } from "./value.js";

// A whole number beside an integer tensor stays an integer, so that the result keeps the tensor's dtype.
function scalarFor(left: Tensor, right: number): Value {
  return Number.isInteger(right) && isInteger(left.dtype) ? BigInt(right) : right;
}

function binary(name: string): (left: Tensor, right: Tensor | number) => Tensor {
  const withTensor = tensorOperator(name, "Tensor");
  const withScalar = tensorOperator(name, "Scalar");
  return (left, right) =>
    typeof right === "number" ? withScalar(left, scalarFor(left, right)) : withTensor(left, right);
}

/** left + right, element by element; shapes broadcast as in PyTorch. */
export const add = binary("aten::add");
/** left − right. */
export const sub = binary("aten::sub");
/** left · right. */
export const mul = binary("aten::mul");
/** left / right; of integers the result is floating-point. */
export const div = binary("aten::div");
/** left += right, in place. */
export const addInPlace = binary("aten::add_");
/** left −= right, in place. */
export const subInPlace = binary("aten::sub_");
/** left *= right, in place. */
export const mulInPlace = binary("aten::mul_");
/** 1 where left = right, else 0: bool. */
export const equal = binary("aten::eq");
/** left > right: bool. */
export const greater = binary("aten::gt");
/** left < right: bool. */
export const less = binary("aten::lt");

function unary(name: string): (x: Tensor) => Tensor {
  const call = tensorOperator(name);
  return (x) => call(x);
}

/** −x. */
export const neg = unary("aten::neg");
/** eˣ. */
export const exp = unary("aten::exp");
/** ln x. */
export const log = unary("aten::log");
/** √x. */
export const sqrt = unary("aten::sqrt");
/** |x|. */
export const abs = unary("aten::abs");
/** −1, 0 or 1, as x is; its gradient is 0. */
export const sign = unary("aten::sign");

const atenMatmul = tensorOperator("aten::matmul");
const atenCopy = tensorOperator("aten::copy_");
const atenPow = tensorOperator("aten::pow", "Tensor_Scalar");
const atenClamp = tensorOperator("aten::clamp");

/** Matrix product: `[…, n, k]` · `[…, k, m]` → `[…, n, m]`. */
export function matmul(left: Tensor, right: Tensor): Tensor {
  return atenMatmul(left, right);
}

/** xᵉ. */
export function pow(x: Tensor, exponent: number): Tensor {
  return atenPow(x, scalarFor(x, exponent));
}

/** min(max(x, low), high). */
export function clamp(x: Tensor, low: number | null, high: number | null): Tensor {
  return atenClamp(x, low === null ? null : scalarFor(x, low), high === null ? null : scalarFor(x, high));
}

/** Overwrites `target` with `source`, converted and broadcast; in place. */
export function copyInto(target: Tensor, source: Tensor): void {
  atenCopy(target, source, false);
}
