import assert from "node:assert/strict";
import { test } from "node:test";
import { InputError } from "../text/errors.js";
import { checkValueSet } from "./value-set.js";

test("a value set keeps its order and its numbers as written", () => {
  assert.deepEqual(checkValueSet([2, -1, 0.1], "set.json"), [2, -1, 0.1]);
});

test("a value set is a copy that later changes of the list do not reach", () => {
  const list = [-1, 1];
  const values = checkValueSet(list, "set.json");
  list.push(3);
  assert.deepEqual(values, [-1, 1]);
});

test("2 and 256 values are accepted, 1 and 257 are not", () => {
  const count = (length: number) => Array.from({ length }, (_, index) => index);
  assert.equal(checkValueSet(count(2), "set.json").length, 2);
  assert.equal(checkValueSet(count(256), "set.json").length, 256);
  rejects(count(1), "set.json: expected a list of 2 to 256 numbers, found 1");
  rejects(count(257), "set.json: expected a list of 2 to 256 numbers, found 257");
  rejects([], "set.json: expected a list of 2 to 256 numbers, found none");
});

test("what is not a list is rejected", () => {
  rejects({ values: [1, 2] }, "set.json: expected a list of 2 to 256 numbers, found an object");
  rejects(null, "set.json: expected a list of 2 to 256 numbers, found null");
  rejects("[-1, 1]", "set.json: expected a list of 2 to 256 numbers, found a string");
  rejects(3, "set.json: expected a list of 2 to 256 numbers, found 3");
});

test("an element that is not a number finite as float32 is rejected by its index", () => {
  const expected = "expected a number that is finite as float32";
  rejects([1, "2"], `set.json: values[1]: ${expected}, found a string`);
  rejects([1, null], `set.json: values[1]: ${expected}, found null`);
  rejects([[0], 1], `set.json: values[0]: ${expected}, found a list`);
  rejects([Number.POSITIVE_INFINITY, 1], `set.json: values[0]: ${expected}, found Infinity`);
  rejects([Number.NaN, 1], `set.json: values[0]: ${expected}, found NaN`);
  rejects([1, -1e39], `set.json: values[1]: ${expected}, found -1e+39`);
});

test("values that are equal, or become equal as float32, are rejected", () => {
  const expected = "expected numbers that differ as float32";
  rejects([1, 2, 1], `set.json: values[2]: ${expected}, found 1, which equals values[0]`);
  rejects([1, 1 + 1e-9], `set.json: values[1]: ${expected}, found 1.000000001, which equals values[0]`);
  rejects([0, -0], `set.json: values[1]: ${expected}, found 0, which equals values[0]`);
  rejects([0, 1e-50], `set.json: values[1]: ${expected}, found 1e-50, which equals values[0]`);
});

function rejects(values: unknown, message: string): void {
  assert.throws(() => checkValueSet(values, "set.json"), new InputError(message));
}
