import assert from "node:assert/strict";
import { mul } from "../../src/tensor/arithmetic.js";
import { fromTypedArray } from "../../src/tensor/create.js";
import { sum } from "../../src/tensor/reduce.js";
import { scope, type Tensor } from "../../src/tensor/tensor.js";
import { assertNear } from "./near.js";

export interface Input {
  readonly values: readonly number[];
  readonly shape: readonly number[];
}

/** n numbers in (−1, 1) without pattern, the same every time: the fractional parts of multiples of the golden ratio. */
export function spread(count: number, seed = 1): number[] {
  return Array.from({ length: count }, (_, index) => 2 * (((index + seed) * 0.6180339887498949) % 1) - 1);
}

/**
 * Compares the float64 gradient of Σ c ∘ f(inputs), c fixed weights, with central differences: for every element x of
 * every input, (L(x + h) − L(x − h)) / 2h.
 */
export function checkGradient(inputs: readonly Input[], f: (...inputs: Tensor[]) => Tensor, step = 1e-5): void {
  const loss = (values: readonly (readonly number[])[]): { loss: Tensor; leaves: Tensor[] } => {
    const leaves = inputs.map(({ shape }, index) => fromTypedArray(Float64Array.from(values[index] ?? []), shape));
    for (const leaf of leaves) leaf.requiresGrad = true;
    const output = f(...leaves);
    const weights = fromTypedArray(Float64Array.from(spread(output.size, 0.5)), output.shape);
    return { loss: sum(mul(output, weights)), leaves };
  };
  const start = inputs.map(({ values }) => values);
  const gradients = scope(() => {
    const made = loss(start);
    made.loss.backward();
    return made.leaves.map((leaf) => {
      assert.ok(leaf.grad, "every input has a gradient");
      return leaf.grad.toArray();
    });
  });
  const valueAt = (input: number, element: number, shift: number) =>
    scope(() => {
      const moved = start.map((values, index) =>
        values.map((value, position) => (index === input && position === element ? value + shift : value)),
      );
      return loss(moved).loss.item();
    });
  inputs.forEach(({ values }, input) => {
    const differences = values.map(
      (_, element) => (valueAt(input, element, step) - valueAt(input, element, -step)) / (2 * step),
    );
    assertNear(gradients[input] ?? [], differences, { relative: 1e-6, absolute: 1e-8 });
  });
}
