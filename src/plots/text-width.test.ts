import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fitted, textWidth, wrapped } from "./text-width.js";

test("widths grow with the text, the size and the weight", () => {
  assert.ok(textWidth("WWW", 13) > textWidth("iii", 13));
  assert.equal(textWidth("resnet20", 26), 2 * textWidth("resnet20", 13));
  assert.ok(textWidth("a", 13, true) > textWidth("a", 13));
  assert.ok(textWidth("中", 13) > textWidth("M", 13));
});

test("a text that is too long ends in an ellipsis", () => {
  assert.equal(fitted("1 bit {±1}", 200, 13), "1 bit {±1}");
  assert.match(fitted("resnet20 on cifar10 with a very long name, seed 17", 200, 13), /^resnet20 on.*[^ ]…$/);
});

test("lines end after commas, else at spaces, and only the last allowed one is cut", () => {
  assert.deepEqual(wrapped("1 bit {±1}, soft epochs 24, seed 0", 180, 13, 4), [
    "1 bit {±1},",
    "soft epochs 24, seed 0",
  ]);
  assert.deepEqual(wrapped("a b", 200, 13, 4), ["a b"]);
  assert.deepEqual(wrapped("", 200, 13, 4), [""]);
  const words = wrapped("one two three four five six seven", 60, 13, 3);
  assert.equal(words.length, 3);
  assert.match(words.join(" "), /^one two three.*…$/);
});

test("what comes out always fits, if it is one character", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", maxLength: 60 }),
      fc.double({ min: 13, max: 400, noNaN: true }),
      (text, width) => {
        assert.ok(textWidth(fitted(text, width, 13), 13) <= width);
        for (const line of wrapped(text, width, 13, 3)) assert.ok(textWidth(line, 13) <= Math.max(width, 17), line);
      },
    ),
  );
});

test("a whole file as a title takes no time, and as much of it is kept as fits", () => {
  const text = fitted("i".repeat(1_000_000), 200, 13);
  assert.ok(textWidth(`${text}i`, 13) > 200);
  assert.match(text, /^i{20,}…$/);
});
