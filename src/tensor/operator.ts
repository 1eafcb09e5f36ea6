import { addon } from "./addon.js";
import type { Argument, Result } from "./addon-types.js";
import { recordCall } from "./record-calls.js";
import { adopt, Tensor } from "./tensor.js";
import type { Value } from "./value.js";

function lower(value: Value): Argument {
  if (value instanceof Tensor) return value.handle;
  if (Array.isArray(value)) return value.map(lower);
  return value as Argument;
}

/**
 * Wraps an operator of LibTorch's dispatcher, such as `operator("aten::add", "Tensor")`; looked up on the first call.
 * Arguments are positional in schema order (keyword-only ones too); `undefined` selects the default.
 *
 * The returned function throws LibTorch's error with the operator's name and the shapes it received, and a `TypeError`
 * if an argument is missing or of the wrong type. Numbers are floating-point where the schema says Scalar: pass a
 * bigint for an integer.
 */
export function operator(name: string, overload = ""): (...values: readonly Value[]) => Result {
  let number: number | undefined;
  return (...values) => {
    number ??= addon().findOperator(name, overload);
    const result = addon().call(number, ...values.map(lower));
    recordCall(name, values, result);
    return result;
  };
}

/** An operator whose result is one tensor. */
export function tensorOperator(name: string, overload = ""): (...values: readonly Value[]) => Tensor {
  const call = operator(name, overload);
  return (...values) => adopt(call(...values) as number);
}

/** Whether this LibTorch has an operator. */
export function hasOperator(name: string, overload = ""): boolean {
  try {
    addon().findOperator(name, overload);
    return true;
  } catch {
    return false;
  }
}
