import assert from "node:assert/strict";
import { test } from "node:test";
import { assertNear } from "../../tests/support/near.js";
import { type Annealing, annealed } from "./annealing.js";

const ALL = { begin: 0, end: 1 };

/** The values in some epochs of `epochs`. */
function values(annealing: Annealing, epochs: number, at: readonly number[]): number[] {
  return at.map((epoch) => annealed(annealing, epoch, epochs));
}

test("the first epoch has its own value, whatever the minimum", () => {
  const annealing = { first: 0.5, initial: 4, decay: { rate: 0.5, every: 1 }, minimum: 1, ...ALL };
  assert.deepEqual(values(annealing, 200, [0, 1, 2, 100]), [0.5, 2, 1, 1]);
});

test("decay happens every few epochs", () => {
  const annealing = { first: 1, initial: 1, decay: { rate: 0.5, every: 3 }, minimum: 0, ...ALL };
  assert.deepEqual(values(annealing, 7, [0, 1, 2, 3, 5, 6]), [1, 1, 1, 0.5, 0.5, 0.25]);
});

test("a rate above 1 grows, and a rate of 1 stays", () => {
  const shared = { minimum: 0, ...ALL };
  assert.deepEqual(values({ first: 1, initial: 1, decay: { rate: 2, every: 1 }, ...shared }, 10, [5]), [32]);
  assert.deepEqual(values({ first: 0, initial: 0, decay: { rate: 1, every: 1 }, ...shared }, 10, [9]), [0]);
});

test("a part of training: nothing happens before and after it", () => {
  const annealing = { first: 1, initial: 1, decay: { rate: 0.5, every: 1 }, minimum: 0, begin: 0.4, end: 0.8 };
  assert.deepEqual(
    values(annealing, 11, [0, 3, 4, 5, 6, 7, 8, 9, 10]),
    [1, 1, 1, 0.5, 0.25, 0.125, 0.0625, 0.0625, 0.0625],
  );
});

test("a final value is reached at the end of the part, evenly in the logarithm", () => {
  const annealing = { first: 1, initial: 1, decay: { final: 1e-4 }, minimum: 0, begin: 0, end: 1 };
  assertNear(values(annealing, 5, [0, 1, 2, 3, 4]), [1, 0.1, 0.01, 0.001, 1e-4], { relative: 1e-12, absolute: 0 });
  const late = { ...annealing, begin: 0.5, end: 0.75 };
  assertNear(values(late, 9, [0, 4, 5, 6, 7, 8]), [1, 1, 0.01, 1e-4, 1e-4, 1e-4], { relative: 1e-12, absolute: 0 });
  assert.deepEqual(values({ ...annealing, minimum: 0.05 }, 3, [1, 2]), [0.05, 0.05]);
});

test("a single epoch has the first value", () => {
  assert.deepEqual(values({ first: 3, initial: 2, decay: { final: 1 }, minimum: 0, ...ALL }, 1, [0]), [3]);
});
