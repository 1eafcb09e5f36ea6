import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { InputError } from "../text/errors.js";
import { keyError } from "./key-error.js";
import { checkObject } from "./schema-error.js";

const schema = z.strictObject({
  size: z.int().min(1).describe("an integer ≥ 1"),
  mode: z.enum(["train", "val"]).default("train").describe('"train" or "val"'),
  steps: z.array(z.int()).optional().describe("a list of integers"),
});

test("a good object comes back with its defaults", () => {
  assert.deepEqual(checkObject(schema, { size: 3 }, "x.json"), { size: 3, mode: "train" });
});

test("a bad value is named with its key, what was expected and what was found", () => {
  rejects({}, 'key "size": expected an integer ≥ 1, found no such key');
  rejects({ size: "3" }, 'key "size": expected an integer ≥ 1, found "3"');
  rejects({ size: Number.POSITIVE_INFINITY }, 'key "size": expected an integer ≥ 1, found Infinity');
  rejects({ size: 1, steps: [1, 2.5] }, 'key "steps": expected a list of integers, found [1, 2.5]');
});

test("a near-miss option gets a suggestion, a far one does not", () => {
  rejects({ size: 1, mode: "Trian" }, 'key "mode": expected "train" or "val", found "Trian"');
  rejects({ size: 1, mode: "Train" }, 'key "mode": expected "train" or "val", found "Train"; did you mean "train"?');
  rejects({ size: 1, mode: "test" }, 'key "mode": expected "train" or "val", found "test"');
});

test("an unknown key is named before the key that is missing because of it", () => {
  rejects({ sise: 1 }, 'key "sise": expected a known key, found an unknown key; did you mean "size"?');
  rejects({ momentum: 1 }, 'key "momentum": expected one of size, mode, steps, found an unknown key');
  rejects({ size: 1, toString: 1 }, 'key "toString": expected one of size, mode, steps, found an unknown key');
});

test("of an object in the object the inner key is named, of a list in it the list", () => {
  const inner = z.strictObject({ depth: z.int().describe("an integer") }).describe("an object");
  const nested = z.strictObject({ group: z.strictObject({ inner }).describe("an object") });
  const found = (group: unknown) => {
    try {
      return checkObject(nested, { group }, "x.json", "top.");
    } catch (error) {
      return error instanceof InputError ? error.message : error;
    }
  };
  assert.equal(found(3), 'x.json: key "top.group": expected an object, found 3');
  assert.equal(found({}), 'x.json: key "top.group.inner": expected an object, found no such key');
  assert.equal(found({ inner: { depth: 0.5 } }), 'x.json: key "top.group.inner.depth": expected an integer, found 0.5');
  const unknown =
    'x.json: key "top.group.inner.dept": expected a known key, found an unknown key; did you mean "depth"?';
  assert.equal(found({ inner: { dept: 1 } }), unknown);
});

test("what is not an object is rejected", () => {
  rejects([1, 2], "expected a JSON object, found [1, 2]");
  rejects(null, "expected a JSON object, found null");
  rejects("size", 'expected a JSON object, found "size"');
});

test("a line break in the file's name, a key or a value leaves the message on one line", () => {
  const error = keyError("a\nb.json", "k\n", "x", "v\u2028");
  assert.equal(error.message, 'a\\nb.json: key "k\\n": expected x, found "v\\u2028"');
  assert.ok(error instanceof InputError);
});

function rejects(json: unknown, message: string): void {
  assert.throws(() => checkObject(schema, json, "x.json"), new InputError(`x.json: ${message}`));
}
