import assert from "node:assert/strict";
import { test } from "node:test";
import { wrapped } from "./wrap.js";

test("a text breaks between words, and lines after the first are indented", () => {
  assert.deepEqual(wrapped("one two three four", 9), ["one two", "  three", "  four"]);
  assert.deepEqual(wrapped("one two", 7), ["one two"]);
  assert.deepEqual(wrapped("", 5), [""]);
});

test("a word is never cut", () => {
  assert.deepEqual(wrapped("run: /a/long/path", 8), ["run:", "  /a/long/path"]);
  assert.deepEqual(wrapped("/a/long/path is it", 8), ["/a/long/path", "  is it"]);
});
