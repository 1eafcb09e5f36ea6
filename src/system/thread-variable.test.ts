import assert from "node:assert/strict";
import { test } from "node:test";
import { threadsFromEnvironment } from "./thread-variable.js";

test("a number, or the first of a list, is taken; empty is as not set", () => {
  for (const [text, threads] of [
    ["3", 3],
    [" 2 ", 2],
    ["4,2,1", 4],
    ["1024", 1024],
    ["", undefined],
    [" ", undefined],
  ] as const) {
    assert.equal(threadsFromEnvironment(text), threads);
  }
});

test("anything else is an error that names the variable", () => {
  for (const text of [
    "abc",
    "0",
    "-1",
    "1.5",
    "1e3",
    "1025",
    "1000000000",
    "2,",
    "2 3",
    "0x2",
    "99999999999999999999",
  ]) {
    assert.throws(() => threadsFromEnvironment(text), {
      name: "InputError",
      message: `environment variable OMP_NUM_THREADS: expected a whole number from 1 to 1024, found "${text}"`,
    });
  }
});
