import assert from "node:assert/strict";
import { test } from "node:test";
import { jsonText } from "./json.js";
import { JsonFields } from "./json-fields.js";

test("numbers that JSON lacks are strings, at any depth, and are read again", () => {
  const text = jsonText({ loss: Number.NaN, top: [1, { inner: Number.NEGATIVE_INFINITY }] });
  assert.equal(text, '{"loss":"NaN","top":[1,{"inner":"-Infinity"}]}');
  assert.equal(new JsonFields(JSON.parse(text), "text").number("loss"), Number.NaN);
});

test("indented it has lines", () => {
  assert.equal(jsonText([0.5], 2), "[\n  0.5\n]");
});
