import { addon } from "./addon.js";
import type { Handle, Result } from "./addon-types.js";
import { Tensor } from "./tensor.js";
import type { Value } from "./value.js";

/** A tensor that an operator took or returned: its handle, which is never reused, and its shape at that time. */
export interface RecordedTensor {
  readonly handle: Handle;
  readonly shape: readonly number[];
}

/** An argument of an operator, with its tensors described. */
export type RecordedValue = RecordedTensor | Exclude<Value, Tensor | readonly Value[]> | readonly RecordedValue[];

/** One call of an operator. */
export interface RecordedCall {
  /** Without its overload: `aten::conv2d`. */
  readonly operator: string;
  /** In the order of its schema; defaults at the end may be missing. */
  readonly arguments: readonly RecordedValue[];
  /** An operator that writes to its argument in place (`aten::relu_`) returns another handle to the same tensor. */
  readonly results: readonly RecordedTensor[];
}

let recording: RecordedCall[] | null = null;

/** Runs `body` and records the operators that it calls, in order. A recording inside another one is part of that. */
export function recordCalls<Returned>(body: () => Returned): {
  readonly returned: Returned;
  readonly calls: readonly RecordedCall[];
} {
  const outer = recording;
  const calls: RecordedCall[] = [];
  recording = calls;
  try {
    return { returned: body(), calls };
  } finally {
    recording = outer;
    outer?.push(...calls);
  }
}

/** Records a call where a recording is under way; for `operator`. */
export function recordCall(operator: string, values: readonly Value[], result: Result): void {
  recording?.push({ operator, arguments: values.map(describeValue), results: describeResult(result) });
}

function describeTensor(handle: Handle): RecordedTensor {
  return { handle, shape: addon().shape(handle) };
}

function describeValue(value: Value): RecordedValue {
  if (value instanceof Tensor) return describeTensor(value.handle);
  return Array.isArray(value) ? value.map(describeValue) : (value as Exclude<typeof value, readonly Value[]>);
}

/** The tensors of a result; its numbers are handles. */
function describeResult(result: Result): RecordedTensor[] {
  if (Array.isArray(result)) return result.flatMap(describeResult);
  return typeof result === "number" ? [describeTensor(result)] : [];
}
