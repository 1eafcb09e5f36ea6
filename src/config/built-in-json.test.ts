import assert from "node:assert/strict";
import { isAbsolute } from "node:path";
import { test } from "node:test";
import { InputError } from "../errors.js";
import { builtInNames, resolveJson } from "./built-in-json.js";
import { readJsonFile } from "./json-file.js";
import { loadTrainingRecipe } from "./training.js";
import { loadValueSet } from "./value-set-file.js";

test("every training JSON of the package loads", () => {
  const names = builtInNames("training");
  assert.ok(names.length >= 3);
  for (const name of names) {
    assert.ok(loadTrainingRecipe(resolveJson("training", name)).epochs > 0, name);
  }
});

test("every value set of the package loads", () => {
  const names = builtInNames("quantization");
  assert.ok(names.length >= 7);
  for (const name of names) {
    assert.ok(loadValueSet(name).length >= 2, name);
  }
});

test("a built-in name becomes the absolute path of its file", () => {
  const path = resolveJson("quantization", "1b");
  assert.ok(isAbsolute(path));
  assert.deepEqual(readJsonFile(path), [-1, 1]);
});

test("an existing path stays as it is", () => {
  assert.equal(resolveJson("training", process.execPath), process.execPath);
});

test("what is neither a path nor a name gets the nearest name, or all names", () => {
  rejects(
    "json/training/vggsmall_200.json",
    "json/training/vggsmall_200.json: expected a JSON file or a built-in name of json/training, found neither; " +
      'did you mean "vggsmall-200"?',
  );
  rejects(
    "fast",
    "fast: expected a JSON file or a built-in name of json/training, found neither; " +
      `the built-in names are ${builtInNames("training").join(", ")}`,
  );
  assert.throws(() => resolveJson("training", ""), { name: "InputError", message: /^"": expected a JSON file or / });
  assert.throws(() => resolveJson("training", "a\0\nb"), { name: "InputError", message: /^a\\u0000\\nb: [^\n]*$/ });
});

function rejects(nameOrPath: string, message: string): void {
  assert.throws(() => resolveJson("training", nameOrPath), new InputError(message));
}
