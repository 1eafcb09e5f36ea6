import assert from "node:assert/strict";
import { test } from "node:test";
import { focusRange } from "./focus.js";

function line(values: readonly number[]) {
  return values.map((value, index) => ({ epoch: index + 1, value }));
}

test("short runs are shown whole", () => {
  assert.equal(focusRange([line([9, 1])]), undefined);
  assert.equal(focusRange([line(Array.from({ length: 40 }, () => Number.NaN))]), undefined);
  assert.equal(focusRange([]), undefined);
});

test("runs of more epochs than a call takes arguments", () => {
  assert.deepEqual(focusRange([line(Array.from({ length: 300_000 }, (_, index) => index))]), [75_000, 299_999]);
});

test("the first quarter of the longest run does not count, but where a shorter run stands does", () => {
  const long = line(Array.from({ length: 40 }, (_, index) => (index < 10 ? 100 : 20 - index / 4)));
  assert.deepEqual(focusRange([long]), [10.25, 17.5]);
  assert.deepEqual(focusRange([long, line([90, 60, Number.NaN])]), [10.25, 60]);
});
