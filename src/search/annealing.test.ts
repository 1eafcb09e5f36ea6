import assert from "node:assert/strict";
import { test } from "node:test";
import { annealed } from "./annealing.js";

test("the first epoch has its own value, whatever the minimum", () => {
  const annealing = { first: 0.5, initial: 4, rate: 0.5, every: 1, minimum: 1 };
  assert.equal(annealed(annealing, 0), 0.5);
  assert.equal(annealed(annealing, 1), 2);
  assert.equal(annealed(annealing, 2), 1);
  assert.equal(annealed(annealing, 100), 1);
});

test("decay happens every few epochs", () => {
  const annealing = { first: 1, initial: 1, rate: 0.5, every: 3, minimum: 0 };
  assert.deepEqual(
    [0, 1, 2, 3, 5, 6].map((epoch) => annealed(annealing, epoch)),
    [1, 1, 1, 0.5, 0.5, 0.25],
  );
});

test("a rate above 1 grows, and a rate of 1 stays", () => {
  assert.equal(annealed({ first: 1, initial: 1, rate: 2, every: 1, minimum: 0 }, 5), 32);
  assert.equal(annealed({ first: 0, initial: 0, rate: 1, every: 1, minimum: 0 }, 9), 0);
});
