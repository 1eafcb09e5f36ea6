import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";
import { test } from "node:test";
import { readJsonFile } from "../formats/json-file.js";
import { InputError } from "../text/errors.js";
import { builtInNames, resolveJson } from "./built-in-json.js";
import { loadTrainingConfig } from "./training.js";
import { loadValueSet } from "./value-set-file.js";

test("every training JSON of the package loads", () => {
  const names = builtInNames("training");
  assert.ok(names.length >= 3);
  for (const name of names) {
    assert.ok(loadTrainingConfig(resolveJson("training", name, assert.fail)).epochs > 0, name);
  }
});

test("every value set of the package loads", () => {
  const names = builtInNames("quantization");
  assert.ok(names.length >= 7);
  for (const name of names) {
    assert.ok(loadValueSet(name, assert.fail).length >= 2, name);
  }
});

test("a built-in name becomes the absolute path of its file", () => {
  const path = resolveJson("quantization", "1b", assert.fail);
  assert.ok(isAbsolute(path));
  assert.deepEqual(readJsonFile(path), [-1, 1]);
});

test("an existing path stays as it is", () => {
  assert.equal(resolveJson("training", process.execPath, assert.fail), process.execPath);
});

test("a path of the original's commands that is not there means the built-in file, and a note says so", () => {
  for (const [folder, path, name] of [
    ["training", "json/training/vggsmall-200.json", "vggsmall-200"],
    ["training", "./json/trianing/resnet18-lqnet.json", "resnet18-lqnet"],
    ["quantization", "json/qiantization/1b.json", "1b"],
    ["quantization", "json/training/po2-2b.json", "po2-2b"],
  ] as const) {
    const notes: string[] = [];
    const found = inEmptyFolder(() => resolveJson(folder, path, (text) => notes.push(text)));
    assert.equal(found, resolveJson(folder, name, assert.fail));
    assert.deepEqual(notes, [`${path} is not there: using the built-in json/${folder}/${name}.json`]);
  }
});

test("a path of the original's commands that is there is read itself, without a note", () => {
  inEmptyFolder(() => {
    mkdirSync("json/quantization", { recursive: true });
    writeFileSync("json/quantization/1b.json", "[3, 4]");
    assert.deepEqual(loadValueSet("json/quantization/1b.json", assert.fail), [3, 4]);
    assert.deepEqual(loadValueSet("./json/quantization/1b.json", assert.fail), [3, 4]);
    assert.deepEqual(loadValueSet("1b", assert.fail), [-1, 1]);
  });
});

test("other paths and names of the other folder stay errors", () => {
  inEmptyFolder(() => {
    for (const path of [
      "json/training/1b.json",
      "json/resnet20-200.json",
      "json/a/b/resnet20-200.json",
      "/json/training/resnet20-200.json",
      "../json/training/resnet20-200.json",
      "my/json/training/resnet20-200.json",
      "json/training/resnet20-200.JSON",
      "json/training/resnet20-200.json\n",
    ]) {
      assert.throws(() => resolveJson("training", path, assert.fail), {
        name: "InputError",
        message: /: expected a JSON file or a built-in name of json\/training, found neither; /,
      });
    }
  });
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
  assert.throws(() => resolveJson("training", "", assert.fail), {
    name: "InputError",
    message: /^"": expected a JSON file or /,
  });
  assert.throws(() => resolveJson("training", "a\0\nb", assert.fail), {
    name: "InputError",
    message: /^a\\u0000\\nb: [^\n]*$/,
  });
});

/** Runs `body` in a new directory. */
function inEmptyFolder<Result>(body: () => Result): Result {
  const before = process.cwd();
  const folder = mkdtempSync(join(tmpdir(), "built-in-json-"));
  process.chdir(folder);
  try {
    return body();
  } finally {
    process.chdir(before);
    rmSync(folder, { recursive: true });
  }
}

function rejects(nameOrPath: string, message: string): void {
  assert.throws(() => resolveJson("training", nameOrPath, assert.fail), new InputError(message));
}
