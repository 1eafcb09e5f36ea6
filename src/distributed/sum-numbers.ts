import { fromTypedArray } from "../tensor/create.js";
import { scope } from "../tensor/tensor.js";
import type { ProcessGroup } from "./process-group.js";

/** Begins the sums over all processes of some numbers, in float64, which counts exactly to 2^53; what is returned waits for them. */
export function startSumOfNumbers(group: ProcessGroup, values: readonly number[]): () => number[] {
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

/** The sums over all processes of some numbers. */
export function sumNumbers(group: ProcessGroup, values: readonly number[]): number[] {
  return startSumOfNumbers(group, values)();
}

/** Whether something holds on any process. */
export function isTrueAnywhere(group: ProcessGroup, holds: boolean): boolean {
  const [count = 0] = sumNumbers(group, [holds ? 1 : 0]);
  return count > 0;
}
