import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { inputError } from "../../tests/support/input-error.js";
import { duplicateKey, parseUniqueKeys } from "./json-keys.js";

test("any JSON without a key twice is parsed as JSON.parse does", () => {
  fc.assert(
    fc.property(fc.json(), (json) => {
      assert.deepEqual(parseUniqueKeys(json, "f.json"), JSON.parse(json));
    }),
  );
});

test("a key twice in one object is found at any depth, however it is written", () => {
  for (const json of ['{"a":1,"a":2}', '[{"b":{"a":1,"c":[{"a":2}],"\\u0061":3}}]', '{"a":"}","a":"{"}']) {
    assert.equal(duplicateKey(json), "a");
    assert.throws(
      () => parseUniqueKeys(json, "f.json"),
      inputError("f.json: ", /expected each key once, found "a" twice$/),
    );
  }
  assert.equal(duplicateKey('{"a":{"a":[{"a":1},{"a":":"}]}}'), undefined);
});

test("what is no JSON says what was expected", () => {
  assert.throws(() => parseUniqueKeys("{", "f", "a list"), inputError("f: ", 'f: expected a list, found "{"'));
});
