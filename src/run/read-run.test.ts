import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { inputError } from "../../tests/support/input-error.js";
import { RUN_FORMAT_VERSION, readRunConfig } from "./config.js";
import { writeConfig } from "./directory.js";
import { findRuns } from "./find-runs.js";
import { readRun } from "./read-run.js";

const folder = mkdtempSync(join(tmpdir(), "runs-"));
after(() => rmSync(folder, { recursive: true }));

const COLUMNS = "train_loss,train_acc1,train_acc5,val_loss,val_acc1,val_acc5,train_time";
const CONFIG = {
  arch: "resnet20",
  dataset: "cifar10",
  search: { values: [-1, 1], firstLayer: false, lastLayer: true },
  soft: true,
  seed: 3,
  recipe: { epochs: 200, batchSize: 128 },
  startedAt: "2026-11-23T17:04:03.000Z",
};

function directory(name: string, files: Readonly<Record<string, string | Uint8Array>> = {}): string {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  for (const [file, content] of Object.entries(files)) writeFileSync(join(path, file), content);
  return path;
}

test("one of our runs has its configuration, epochs and model's size", () => {
  const path = directory("net/20261123170403-2", {
    "result.csv": `${COLUMNS}\n1,0.5,0.9,2,0.4,0.8,7.5\n`,
    "packed.safetensors": new Uint8Array(12),
  });
  writeConfig(path, CONFIG);
  const run = readRun(path);
  assert.equal(run.name, "net/20261123170403-2");
  assert.equal(run.modelBytes, 12);
  assert.deepEqual(run.epochs, [
    { epoch: 1, train: { loss: 1, top1: 0.5, top5: 0.9 }, val: { loss: 2, top1: 0.4, top5: 0.8 }, trainSeconds: 7.5 },
  ]);
  const { arch, epochs, search, soft, seed } = run.config ?? assert.fail();
  assert.deepEqual([arch, epochs, search, soft, seed], ["resnet20", 200, CONFIG.search, true, 3]);
  assert.equal(run.config?.recipe.get("batchSize"), 128);
  assert.deepEqual(readRun(join(path, "result.csv")), { ...run, path: join(path, "result.csv") });
});

test("a stage of a progressive search has the values of weights, not of their factors", () => {
  const path = directory("stage");
  const weightValues = [-1, -0.5, 0.5, 1];
  writeConfig(path, { ...CONFIG, search: { ...CONFIG.search, values: [1, 0.5] }, stage: 1, weightValues });
  assert.deepEqual(readRun(path).config?.search?.values, weightValues);
});

test("a run before the end of its first epoch has no epochs", () => {
  const path = directory("started");
  writeConfig(path, CONFIG);
  assert.deepEqual([readRun(path).epochs, readRun(path).modelBytes], [[], null]);
});

test("the original program's runs are read by directory and by file", () => {
  const path = directory("original", { "result.csv": `${COLUMNS}\n1,0.5,0.9,nan,0.4,0.8,7.5\n`, "args.txt": "x" });
  for (const given of [path, join(path, "result.csv")]) {
    const run = readRun(given);
    assert.deepEqual([run.name, run.config, run.epochs.length], ["original", null, 1]);
    assert.ok(Number.isNaN(run.epochs[0]?.val.loss));
  }
});

test("settings nested thousands deep are refused, and a hundred levels are not", () => {
  const path = directory("deep");
  const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
  const write = (depth: number) => {
    writeFileSync(join(path, "config.json"), JSON.stringify(CONFIG).replace("{", `{"x":${nested(depth)},`));
  };
  write(100);
  assert.equal(readRun(path).config?.arch, "resnet20");
  for (const depth of [102, 100_000]) {
    write(depth);
    assert.throws(() => readRun(path), {
      name: "InputError",
      message: /config\.json: x: expected at most 100 nested levels, found/,
    });
  }
});

test("what is wrong is named", () => {
  const assertWrong = (path: string, message: RegExp) => {
    assert.throws(() => readRun(path), inputError("", message));
  };
  assertWrong(join(folder, "none"), /none: expected a run directory or a result\.csv, found no such file or directory/);
  assertWrong(
    directory("nothing"),
    /nothing: expected a run directory, with config\.json or result\.csv, found neither/,
  );
  assertWrong(directory("empty", { "result.csv": "" }), /empty\/result\.csv: line 1: expected train_loss/);
  const config = (content: object | string) =>
    directory("broken", { "config.json": typeof content === "string" ? content : JSON.stringify(content) });
  assertWrong(config("{"), /broken\/config\.json: expected JSON, found "\{"/);
  assertWrong(config("[]"), /broken\/config\.json: expected an object, found \[\]/);
  assertWrong(config('{"arch":"a","arch":"b"}'), /config\.json: expected each key once, found "arch" twice/);
  assertWrong(config({ ...CONFIG, arch: 3 }), /config\.json: arch: expected a string, found 3/);
  assertWrong(config({ ...CONFIG, search: undefined }), /config\.json: search: expected an object, found nothing/);
  assertWrong(config({ ...CONFIG, search: { ...CONFIG.search, values: [1] } }), /search: values: expected a list of/);
  assertWrong(config({ ...CONFIG, recipe: {} }), /recipe: epochs: expected a number, found nothing/);
  assertWrong(
    config({ ...CONFIG, recipe: { epochs: 0 } }),
    /recipe: epochs: expected an integer of at least 1, found 0/,
  );
  assertWrong(config({ ...CONFIG, soft: "no" }), /config\.json: soft: expected true or false, found "no"/);
  assertWrong(
    config({ ...CONFIG, valSplit: "5000" }),
    /config\.json: valSplit: expected a number of images ≥ 1, or a share between 0 and 1, found "5000"/,
  );
  assertWrong(
    config({ ...CONFIG, valSplit: 5000.5 }),
    /config\.json: valSplit: expected a number of images ≥ 1.*, found 5000\.5/,
  );
  assertWrong(config({ ...CONFIG, bnCalibration: -1 }), /bnCalibration: expected an integer ≥ 0, found -1/);
  assertWrong(config({ ...CONFIG, stateBn: 1 }), /stateBn: expected true or false, found 1/);
  assertWrong(config({ ...CONFIG, limitBatches: [1] }), /limitBatches: expected an integer ≥ 1, found \[1\]/);
  assertWrong(
    config({ ...CONFIG, precision: "half" }),
    /precision: expected one of "float32", "tf32", "bf16", found "half"/,
  );
  assertWrong(config({ ...CONFIG, processes: "two" }), /processes: expected a number, found "two"/);
  writeFileSync(join(config(CONFIG), "metrics.jsonl"), "{}\n");
  assertWrong(join(folder, "broken"), /metrics\.jsonl: line 1: epoch: expected a number/);
});

test("runs are found below folders, each once, not in hidden folders nor too deep", () => {
  const files = { "config.json": "{}" };
  const below = directory("tree");
  const runs = ["a/1", "a/2", "b"].map((name) => directory(join("tree", name), files));
  directory("tree/.hidden/1", files);
  directory("tree/1/2/3/4/5", files);
  symlinkSync(join(below, "a"), join(below, "link"));
  assert.deepEqual(findRuns([below]), runs);
  assert.deepEqual(findRuns([join(below, "b"), below, join(below, "link", "1")]), [
    join(below, "b"),
    ...runs.slice(0, 2),
  ]);
  assert.equal(findRuns([join(below, "1")]).length, 1);
  assert.throws(() => findRuns([join(below, "none")]), {
    name: "InputError",
    message: /none: expected a run directory or a folder of run directories, found no such file or directory/,
  });
  assert.throws(() => findRuns([directory("tree/empty")]), {
    name: "InputError",
    message: /empty: expected a run directory, or/,
  });
});

test("a configuration says its format's version; none is the first, a newer one is refused", () => {
  const version = (config: object) => {
    const path = directory("version");
    writeConfig(path, config);
    return readRunConfig(join(path, "config.json")).formatVersion;
  };
  assert.equal(version(CONFIG), 1);
  assert.equal(version({ ...CONFIG, formatVersion: RUN_FORMAT_VERSION }), RUN_FORMAT_VERSION);
  const where = join(folder, "version", "config.json");
  for (const [formatVersion, message] of [
    [
      RUN_FORMAT_VERSION + 1,
      `expected at most ${RUN_FORMAT_VERSION}, found ${RUN_FORMAT_VERSION + 1}: a newer weight-search wrote it`,
    ],
    [0, "expected an integer of at least 1, found 0"],
    ["2", 'expected a number, found "2"'],
    [null, "expected a number, found null"],
  ] as const) {
    assert.throws(() => version({ ...CONFIG, formatVersion }), {
      name: "InputError",
      message: `${where}: formatVersion: ${message}`,
    });
  }
});
