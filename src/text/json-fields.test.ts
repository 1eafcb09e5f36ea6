import assert from "node:assert/strict";
import { test } from "node:test";
import { JsonFields } from "./json-fields.js";

const FIELDS = new JsonFields(
  {
    ...{ null: null, text: "NaN", word: "b", truth: false, number: -2.5, whole: 3, object: { inner: 1 } },
    ...{ list: [1, "two"], numbers: [1, 2.5], "": 1 },
  },
  "f.json",
);

test("values are taken out as they are", () => {
  assert.equal(FIELDS.has("null"), true);
  assert.equal(FIELDS.has("none"), false);
  assert.equal(FIELDS.string("text"), "NaN");
  assert.equal(FIELDS.boolean("truth"), false);
  assert.equal(FIELDS.number("number"), -2.5);
  assert.equal(FIELDS.number("text"), Number.NaN);
  assert.equal(FIELDS.integer("whole", 3), 3);
  assert.equal(FIELDS.integer("whole", 0, 3), 3);
  assert.equal(FIELDS.between("whole", 3, 4), 3);
  assert.equal(FIELDS.oneOf("word", ["a", "b"]), "b");
  assert.deepEqual(FIELDS.list("list"), [1, "two"]);
  assert.deepEqual(FIELDS.numbers("numbers", 2, 2), [1, 2.5]);
  assert.equal(FIELDS.object("object").integer("inner", 0), 1);
  assert.equal(FIELDS.objectOrNull("null"), null);
  assert.equal(FIELDS.objectOrNull("object")?.integer("inner", 0), 1);
  assert.deepEqual(FIELDS.unknown("list"), [1, "two"]);
  assert.equal(FIELDS.unknown("none"), undefined);
  assert.equal(FIELDS.orNull("null", assert.fail), null);
  assert.equal(
    FIELDS.orNull("whole", (fields, key) => fields.integer(key, 1)),
    3,
  );
  assert.equal(FIELDS.entries().length, 10);
});

for (const [take, message] of [
  [(fields) => fields.string("none"), "none: expected a string, found nothing"],
  [(fields) => fields.string("null"), "null: expected a string, found null"],
  [(fields) => fields.boolean("null"), "null: expected true or false, found null"],
  [(fields) => fields.number("null"), "null: expected a number, found null"],
  [(fields) => fields.integer("number", -9), "number: expected an integer of at least -9, found -2.5"],
  [(fields) => fields.integer("text", 0), 'text: expected an integer of at least 0, found "NaN"'],
  [(fields) => fields.integer("whole", 4), "whole: expected an integer of at least 4, found 3"],
  [(fields) => fields.integer("whole", 1, 2), "whole: expected an integer from 1 to 2, found 3"],
  [(fields) => fields.nonNegative("number"), "number: expected a number of at least 0, found -2.5"],
  [(fields) => fields.between("whole", 0, 2), "whole: expected a number from 0 to 2, found 3"],
  [(fields) => fields.between("text", 0, 2), 'text: expected a number from 0 to 2, found "NaN"'],
  [(fields) => fields.fraction("whole"), "whole: expected a fraction in [0, 1], found 3"],
  [(fields) => fields.oneOf("word", ["a", "c"]), 'word: expected one of a, c, found "b"'],
  [(fields) => fields.oneOf("none", ["a", "c"]), "none: expected one of a, c, found nothing"],
  [(fields) => fields.list("object"), 'object: expected a list, found {"inner":1}'],
  [(fields) => fields.list("none"), "none: expected a list, found nothing"],
  [(fields) => fields.numbers("numbers", 3, 4), "numbers: expected a list of 3 to 4 numbers, found [1,2.5]"],
  [(fields) => fields.numbers("list", 1, 4), 'list: expected a list of 1 to 4 numbers, found [1,"two"]'],
  [(fields) => fields.object("list"), 'list: expected an object, found [1,"two"]'],
  [(fields) => fields.objectOrNull("none"), "none: expected an object, found nothing"],
  [(fields) => fields.object("object").string("inner"), "object: inner: expected a string, found 1"],
  [(fields) => fields.orNull("none", (inner) => inner.string("none")), "none: expected a string, found nothing"],
] satisfies [(fields: JsonFields) => unknown, string][]) {
  test(`refused: ${message}`, () => {
    assert.throws(() => take(FIELDS), { name: "InputError", message: `f.json: ${message}` });
  });
}

test("what is no object has no fields", () => {
  for (const value of [null, undefined, [], "text", 4]) {
    assert.throws(() => new JsonFields(value, "f.json"), {
      name: "InputError",
      message: /^f.json: expected an object/,
    });
  }
});
