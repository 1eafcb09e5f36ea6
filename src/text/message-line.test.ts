import assert from "node:assert/strict";
import { test } from "node:test";
import { messageLine } from "./message-line.js";

test("a name with newlines and escape sequences stays one line that a terminal shows as it is", () => {
  assert.equal(
    messageLine("error", "a\nb\x1b[31m\u2028\u202e: expected a file"),
    "error: a\\nb\\u001b[31m\\u2028\\u202e: expected a file\n",
  );
});

test("a long text keeps its beginning and its end", () => {
  const line = messageLine("note", `start ${"x".repeat(100_000)} end`);
  assert.match(line, /^note: start x+ … \(100010 characters\) … x+ end\n$/);
  assert.ok(line.length < 2000);
  const path = "y".repeat(1900);
  assert.equal(messageLine("skipped", path), `skipped: ${path}\n`);
});
