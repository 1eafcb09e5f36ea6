import { type Argument, addon, type Result } from "./addon.js";
import { adopt, Tensor } from "./tensor.js";

/** What a typed operator may pass: tensors as they are. */
export type Value = Tensor | number | bigint | boolean | string | null | undefined | readonly Value[];

function lower(value: Value): Argument {
  if (value instanceof Tensor) return value.handle;
  if (Array.isArray(value)) return value.map(lower);
  return value as Argument;
}

/**
 * An operator of LibTorch's dispatcher, such as `operator("aten::add", "Tensor")`; looked up when it is first called.
 * Arguments are positional in the order of its schema (keyword-only ones too); `undefined` takes the default.
 *
 * The returned function throws what LibTorch says, with the operator's name and the shapes it was given; a `TypeError`
 * when an argument is missing or of the wrong type. Numbers are floating-point where the schema says Scalar: pass a
 * bigint for an integer.
 */
export function operator(name: string, overload = ""): (...values: readonly Value[]) => Result {
  let number: number | undefined;
  return (...values) => {
    number ??= addon().findOperator(name, overload);
    return addon().call(number, ...values.map(lower));
  };
}

/** An operator whose result is one tensor. */
export function tensorOperator(name: string, overload = ""): (...values: readonly Value[]) => Tensor {
  const call = operator(name, overload);
  return (...values) => adopt(call(...values) as number);
}
