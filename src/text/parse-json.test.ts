import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { InputError } from "./errors.js";
import { parseJson } from "./parse-json.js";

test("any JSON value is read as JSON.parse reads it", () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), fc.constantFrom(undefined, 2, "\t"), (json, indent) => {
      const text = JSON.stringify(JSON.parse(json), null, indent);
      assert.deepEqual(parseJson(text, "x.json"), JSON.parse(text));
    }),
  );
});

test("any text is either read as JSON.parse reads it or rejected with an InputError", () => {
  const piece = fc.constantFrom(
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    '"a"',
    '"b"',
    '"',
    "\\",
    "-",
    "01",
    "1e5",
    "1.",
    "tru",
    "e",
    " ",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join("");
      const ours = outcome(() => parseJson(text, "x.json"));
      const theirs = outcome(() => JSON.parse(text));
      assert.deepEqual(ours, /found twice/.test(ours.error) ? ours : { ...theirs, error: ours.error });
      assert.equal(ours.value === undefined, ours.error !== "");
    }),
    { numRuns: 2000 },
  );
});

test("numbers, escapes and white space of every form are read", () => {
  assert.deepEqual(parseJson(" [ -0.5e-3 , 1E+2,\r\n\t0 ] ", "x.json"), [-0.0005, 100, 0]);
  assert.equal(parseJson('"\\u00e9\\n\\/\\\\\\""', "x.json"), 'é\n/\\"');
  assert.equal(parseJson("1e999", "x.json"), Number.POSITIVE_INFINITY);
});

test("a __proto__ key is a key like others", () => {
  const value = parseJson('{"__proto__": {"epochs": 1}}', "x.json");
  assert.deepEqual(Object.keys(Object(value)), ["__proto__"]);
});

test("a mistake is named with its line and column", () => {
  rejects("", "line 1, column 1: expected a JSON value, found the end of the text");
  rejects(" \n ", "line 2, column 2: expected a JSON value, found the end of the text");
  rejects('{\n  "epochs": 200', 'line 2, column 16: expected "," or "}", found the end of the text');
  rejects('{\n  "epochs": 200\n  "gamma"', 'line 3, column 3: expected "," or "}", found "\\""');
  rejects("[1, 2", 'line 1, column 6: expected "," or "]", found the end of the text');
  rejects("[1,]", 'line 1, column 4: expected a JSON value, found "]"');
  rejects('{"a":1,}', 'line 1, column 8: expected a key in double quotes, found "}"');
  rejects("{a: 1}", 'line 1, column 2: expected a key in double quotes, found "a"');
  rejects('{"a" 1}', 'line 1, column 6: expected ":" after a key, found "1"');
  rejects("NaN", 'line 1, column 1: expected a JSON value, found "NaN"');
  rejects("-Infinity", 'line 1, column 1: expected a JSON number, found "-Infinity"');
  rejects("[01]", 'line 1, column 2: expected a JSON number, found "01"');
  rejects("1 // one", 'line 1, column 3: expected nothing after the JSON value, found "/"');
  rejects('"abc', "line 1, column 5: expected a closing double quote, found the end of the text");
  rejects('"a\nb"', 'line 1, column 3: expected an escape such as \\n in place of a control character, found "\\n"');
});

test("a bad escape is rejected where it stands", () => {
  assert.throws(() => parseJson('"a\\x"', "x.json"), { name: "InputError", message: /^x\.json: line 1, column 3: / });
  assert.throws(() => parseJson('"\\u12"', "x.json"), { name: "InputError", message: /^x\.json: line 1, column 2: / });
});

test("a key that appears twice in one object is rejected at its second place", () => {
  rejects('{"a": 1,\n "b": 2,\n "a": 3}', 'line 3, column 2: key "a": expected once in an object, found twice');
  rejects('{"a": 1, "\\u0061": 1}', 'line 1, column 10: key "a": expected once in an object, found twice');
  rejects('[{"x": {"k": 1, "k": 1}}]', 'line 1, column 17: key "k": expected once in an object, found twice');
  assert.deepEqual(parseJson('[{"a": 1}, {"a": {"a": 2}}]', "x.json"), [{ a: 1 }, { a: { a: 2 } }]);
});

test("more values than any recipe has are refused", () => {
  const list = (count: number) => `[${"0,".repeat(count - 1)}0]`;
  assert.equal((parseJson(list(99_999), "a.json") as unknown[]).length, 99_999);
  assert.throws(() => parseJson(list(100_000), "a.json"), {
    name: "InputError",
    message: 'a.json: line 1, column 200000: expected at most 100000 values, found "0"',
  });
});

test("nesting and number length that no recipe needs are rejected, not overflowed", () => {
  rejects("[".repeat(1_000_000), 'line 1, column 102: expected at most 100 nested levels, found "["');
  assert.throws(() => parseJson("1".repeat(10_000_000), "x.json"), InputError);
});

function rejects(text: string, message: string): void {
  assert.throws(() => parseJson(text, "x.json"), new InputError(`x.json: ${message}`));
}

function outcome(read: () => unknown): { value: unknown; error: string } {
  try {
    return { value: read(), error: "" };
  } catch (error) {
    assert.ok(error instanceof InputError || error instanceof SyntaxError);
    return { value: undefined, error: error.message };
  }
}
