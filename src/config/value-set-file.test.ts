import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { InputError } from "../text/errors.js";
import { builtInNames } from "./built-in-json.js";
import { loadValueSet } from "./value-set-file.js";

const folder = mkdtempSync(join(tmpdir(), "value-set-"));
after(() => rmSync(folder, { recursive: true }));

test("the built-in sets hold the original's values", () => {
  assert.deepEqual(loadValueSet("1b", assert.fail), [-1, 1]);
  assert.deepEqual(loadValueSet("po2-2b", assert.fail), [-1, -0.5, 0.5, 1]);
  assert.deepEqual(loadValueSet("po2-3b", assert.fail), [-0.25, -0.5, -1, -2, 2, 1, 0.5, 0.25]);
  const powers = [0.0625, 0.125, 0.25, 0.5, 1, 2, 4, 8];
  assert.deepEqual(loadValueSet("po2-4b", assert.fail), [...powers.map((power) => -power).reverse(), ...powers]);
  for (const bits of [2, 3, 4]) {
    const ascending = Array.from({ length: 2 ** bits }, (_, index) => index - 2 ** (bits - 1));
    assert.deepEqual(loadValueSet(`int-${bits}b`, assert.fail), ascending);
  }
});

test("a path and a list typed out are read", () => {
  assert.deepEqual(loadValueSet(write("set.json", "[0.5, -3]\n"), assert.fail), [0.5, -3]);
  assert.deepEqual(loadValueSet(" [-1,0,1]", assert.fail), [-1, 0, 1]);
});

test("a file that holds no value set is named", () => {
  const wrapped = write("wrapped.json", '{"values": [1, 2]}');
  rejects(wrapped, `${wrapped}: expected a list of 2 to 256 numbers, found an object`);
  const text = write("text.json", '[1, "2"]');
  rejects(text, `${text}: values[1]: expected a number that is finite as float32, found a string`);
  const cut = write("cut.json", "[1, 2");
  rejects(cut, `${cut}: line 1, column 6: expected "," or "]", found the end of the text`);
  const twice = write("twice.json", "[0.1, 0.10000000000000001]");
  rejects(twice, `${twice}: values[1]: expected numbers that differ as float32, found 0.1, which equals values[0]`);
  const one = write("one.json", "[1]");
  rejects(one, `${one}: expected a list of 2 to 256 numbers, found 1`);
  rejects(folder, `${folder}: expected a JSON file, found a directory`);
});

test("a bad list typed out is named", () => {
  rejects("[1]", 'value set "[1]": expected a list of 2 to 256 numbers, found 1');
  rejects("[-1,0,", 'value set "[-1,0,": line 1, column 7: expected a JSON value, found the end of the text');
  rejects(
    "[1e999, 1]",
    'value set "[1e999, 1]": values[0]: expected a number that is finite as float32, found Infinity',
  );
  rejects(
    "[1, 1.0]",
    'value set "[1, 1.0]": values[1]: expected numbers that differ as float32, found 1, which equals values[0]',
  );
  rejects(
    "[0, -0]",
    'value set "[0, -0]": values[1]: expected numbers that differ as float32, found 0, which equals values[0]',
  );
  rejects("[]", 'value set "[]": expected a list of 2 to 256 numbers, found none');
  rejects("[NaN, 1]", 'value set "[NaN, 1]": line 1, column 2: expected a JSON value, found "NaN"');
  rejects(
    '["1", 2]',
    'value set "[\\"1\\", 2]": values[0]: expected a number that is finite as float32, found a string',
  );
  rejects("[[1], 2]", 'value set "[[1], 2]": values[0]: expected a number that is finite as float32, found a list');
  rejects("[null, 1]", 'value set "[null, 1]": values[0]: expected a number that is finite as float32, found null');
  rejects("[1, 2] 3", 'value set "[1, 2] 3": line 1, column 8: expected nothing after the JSON value, found "3"');
});

test("an unknown name gets the nearest name, or all of them", () => {
  const problem = "expected a JSON file or a built-in name of json/quantization, found neither";
  rejects("po2-5b", `po2-5b: ${problem}; did you mean "po2-2b"?`);
  rejects("json/quantization/po2-5b.json", `json/quantization/po2-5b.json: ${problem}; did you mean "po2-2b"?`);
  rejects("ternary", `ternary: ${problem}; the built-in names are ${builtInNames("quantization").join(", ")}`);
});

function write(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function rejects(nameOrPathOrLiteral: string, message: string): void {
  assert.throws(() => loadValueSet(nameOrPathOrLiteral, assert.fail), new InputError(message));
}
