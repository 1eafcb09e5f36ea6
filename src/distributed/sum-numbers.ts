import { fromTypedArray } from "../tensor/create.js";
import { scope } from "../tensor/tensor.js";
import type { Group } from "./group.js";

/** Starts to sum numbers over all ranks, in float64, exact up to 2^53; the returned function waits for the sums. */
export function startSumOfNumbers(group: Group, values: readonly number[]): () => number[] {
  return scope((keep) => {
    const tensor = keep(fromTypedArray(Float64Array.from(values), [values.length]));
    const finish = group.startSum(tensor);
    return () => {
      finish();
      const sums = tensor.toArray();
      tensor.release();
      return sums;
    };
  });
}

/** Sums numbers over all ranks. */
export function sumNumbers(group: Group, values: readonly number[]): number[] {
  return startSumOfNumbers(group, values)();
}

/** Whether a condition holds on any rank. */
export function isTrueAnywhere(group: Group, holds: boolean): boolean {
  const [count = 0] = sumNumbers(group, [holds ? 1 : 0]);
  return count > 0;
}
