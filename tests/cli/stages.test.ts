import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { unpackModel } from "../../src/formats/packed/packed-model.js";
import { readSafetensors, type SafetensorsEntry } from "../../src/formats/safetensors.js";
import { readResults } from "../../src/run/result-csv.js";
import { weightSearch } from "../support/command.js";
import { folderFlags, makeImageFolder, writeTransforms } from "../support/image-folder.js";
import { startedFrom, validated } from "../support/printed-metrics.js";
import { shortRun } from "../support/short-run.js";

const workDir = mkdtempSync(join(tmpdir(), "weight-search-stages-"));
after(() => rmSync(workDir, { recursive: true }));

const data = folderFlags(
  await makeImageFolder(join(workDir, "data")),
  writeTransforms(join(workDir, "transforms.json"), 16),
);

const SET = [-1, -0.5, -0.25, 0.25, 0.5, 1];

/** The values of all convolutions but the first, which stays float. */
function searchedValues(tensors: ReadonlyMap<string, SafetensorsEntry>): Set<number> {
  const layers = [...tensors].filter(([name]) => /^layer.*conv.*\.weight$/.test(name));
  assert.equal(layers.length, 18);
  return new Set(layers.flatMap(([, { data }]) => [...new Float32Array(Uint8Array.from(data).buffer)]));
}

const inARow = shortRun(workDir, ...data, "-q", "--stages", "3");

test("--stages 3 leaves three runs, whose weights take two values more each time", () => {
  const { directories } = inARow;
  assert.equal(new Set(directories).size, 3);
  directories.forEach((directory, stage) => {
    const model = readSafetensors(join(directory, "model.safetensors")).tensors;
    const values = [...searchedValues(model)].sort((a, b) => a - b);
    assert.deepEqual(
      values,
      SET.filter((value) => Math.abs(value) >= 2 ** -stage),
    );
    const unpacked = unpackModel(readSafetensors(join(directory, "packed.safetensors")));
    for (const [name, { data }] of unpacked) assert.deepEqual(data, model.get(name)?.data, name);
    assert.equal(unpacked.size, model.size);

    const config = JSON.parse(readFileSync(join(directory, "config.json"), "utf8"));
    assert.equal(config.stage, stage);
    assert.deepEqual(config.weightValues, values);
    assert.equal(config.loadModelState, directories[stage - 1] ?? null);
  });
  const bits = [...inARow.stdout.matchAll(/^packed size: (\S+) bits per searched weight/gm)].map(
    ([, number]) => number,
  );
  assert.deepEqual(bits, ["1.00", "2.00", "3.00"]);
});

test("the table of runs distinguishes the stages by bits and values", () => {
  const { stdout, code } = weightSearch(["report", ...inARow.directories, "--mean", "--format", "json"]);
  assert.equal(code, 0);
  assert.deepEqual(
    JSON.parse(stdout).map(({ bits, values }: Record<string, unknown>) => [bits, values]),
    [
      [1, [-1, 1]],
      [2, [-1, -0.5, 0.5, 1]],
      [3, SET],
    ],
  );
});

test("a stage starts from exactly what the one before ended with", () => {
  const before = startedFrom(inARow.stdout);
  const ends = validated(inARow.stdout);
  assert.equal(ends.length, 3);
  assert.deepEqual(before, ends.slice(0, 2));
  assert.equal(new Set(ends).size, 3);
});

test("three commands do the same, from a run, from its model and from its packed model", () => {
  const search = [...data, "-q", "--active-bit"];
  const first = shortRun(workDir, ...search, "0");
  const second = shortRun(workDir, ...search, "1", "--load-model-state", first.directory);
  const files = ["model", "state", "packed"].map((name) => join(second.directory, `${name}.safetensors`));
  for (const file of files) {
    const third = shortRun(workDir, ...search, "2", "--load-model-state", file);
    const runs = [first, second, third];
    assert.match(third.stdout, /\.safetensors: \d+ tensors loaded, the searched weights fixed; stage 2 searches/);
    assert.deepEqual(startedFrom(third.stdout), validated(second.stdout));
    const results = (directory: string) =>
      readResults(join(directory, "result.csv")).map(({ train_time: _, ...rest }) => rest);
    assert.deepEqual(
      runs.map(({ directory }) => results(directory)),
      inARow.directories.map(results),
    );
  }
});
