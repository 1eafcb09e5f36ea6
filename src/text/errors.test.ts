import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { InputError, oneLine } from "./errors.js";

test("what breaks a line or moves the cursor becomes an escape", () => {
  assert.equal(oneLine("a\nb\u2028c\u0085\x1b[2J\x7f\u202e"), "a\\nb\\u2028c\\u0085\\u001b[2J\\u007f\\u202e");
  assert.equal(oneLine("é 😀 \\n \ufeff"), "é 😀 \\n \ufeff");
});

test("of a message that a file or a name made long, the beginning and the end stay", () => {
  assert.equal(new InputError("x".repeat(2000)).message, "x".repeat(2000));
  const { message } = new InputError(`${"x".repeat(10 ** 6)}: expected a file, found none`);
  assert.match(message, /^x{1400} … \(1000029 characters\) … x{471}: expected a file, found none$/);
  assert.equal(new InputError(message).message, message);
  assert.equal(new InputError(`${"x".repeat(1999)}\n`).message.length, 1400 + " … (2001 characters) … ".length + 500);
});

test("the message of an InputError is one line, whatever it is made of, and keeps its cause", () => {
  const cause = new Error("why");
  assert.equal(new InputError("a", { cause }).cause, cause);
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const { message } = new InputError(`file: expected a, found ${text}`);
      assert.doesNotMatch(message, /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
      // Once it is one line it stays as it is: messages are put into others.
      assert.equal(new InputError(message).message, message);
    }),
  );
});
