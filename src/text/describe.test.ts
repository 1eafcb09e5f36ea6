import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { describeValue, quote } from "./describe.js";

test("values are described as they are written", () => {
  const described = [0.5, -0, Number.POSITIVE_INFINITY, true, null, undefined, "Step", [], [1, "a", [2]], {}].map(
    describeValue,
  );
  const expected = ["0.5", "0", "Infinity", "true", "null", "nothing", '"Step"', "[]", '[1, "a", a list]', "an object"];
  assert.deepEqual(described, expected);
});

test("long values are cut", () => {
  assert.equal(describeValue(new Array(1_000_000).fill(1)), "a list of 1000000");
  assert.equal(describeValue("x".repeat(1000)), `"${"x".repeat(60)}…"`);
});

test("line breaks become escapes", () => {
  assert.equal(quote('a"\n'), '"a\\"\\n"');
});

test("any string is described on one short line", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
      assert.doesNotMatch(describeValue(text), /[\p{Cc}\u2028\u2029]/u);
      assert.ok(describeValue(text).length < 400);
    }),
  );
});
