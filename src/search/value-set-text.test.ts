import assert from "node:assert/strict";
import { test } from "node:test";
import { valueSetText } from "./value-set-text.js";

test("symmetric sets are written with ±, powers of two below 1 as fractions", () => {
  assert.equal(valueSetText([-1, 1]), "{±1}");
  assert.equal(valueSetText([-0.25, -0.5, -1, -2, 2, 1, 0.5, 0.25]), "{±1/4, ±1/2, ±1, ±2}");
  assert.equal(valueSetText([-1, 0, 1]), "{0, ±1}");
  assert.equal(valueSetText([-0.3, 0.3]), "{±0.3}");
});

test("other sets are listed in ascending order", () => {
  assert.equal(valueSetText([1, -2, -1, 0]), "{-2, -1, 0, 1}");
  assert.equal(valueSetText([0.5, -0.25, 0.1]), "{-1/4, 0.1, 1/2}");
});

test("long sets are shortened without losing what they are, or with their count", () => {
  const powers = [1 / 16, 1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8];
  assert.equal(valueSetText([...powers, ...powers.map((value) => -value)]), "{±1/16, ±1/8, …, ±8}");
  assert.equal(valueSetText(Array.from({ length: 16 }, (_, index) => index - 8)), "{-8, -7, …, 7}");
  assert.equal(valueSetText([0, 1, 2, 4, 8, 16, 32]), "{0, 1, …, 32; 7 values}");
  assert.equal(valueSetText([0, 0.1, 0.3, 0.4, 0.5, 0.6, 0.7]), "{0, 0.1, …, 0.7; 7 values}");
});
