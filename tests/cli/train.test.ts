import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { unpackModel } from "../../src/formats/packed/packed-model.js";
import { readSafetensors } from "../../src/formats/safetensors.js";
import { readMetrics } from "../../src/run/metrics-jsonl.js";
import { readResults } from "../../src/run/result-csv.js";
import { weightSearch } from "../support/command.js";

const workDir = mkdtempSync(join(tmpdir(), "weight-search-train-"));
after(() => rmSync(workDir, { recursive: true }));

const SHORT = ["train", "--batch-size", "16", "--epochs", "2", "--limit-batches", "3", "--threads", "1", "-o", workDir];

/** What is said of a searched last layer of the original's networks, behind which nothing absorbs a scale. */
const BARE =
  /^(note: linear: searched with neither a scale nor a normalization behind it, .* --weight-scale layer .*\n)?$/;

function run(...args: string[]): { directory: string; stdout: string } {
  const { code, stdout, stderr } = weightSearch([...SHORT, ...args]);
  assert.match(stderr, args.includes("--quantize-last-layer") ? BARE : /^$/);
  assert.equal(code, 0);
  const directory = /^run: (.*)$/m.exec(stdout)?.[1];
  assert.ok(directory, stdout);
  return { directory, stdout };
}

test("a searched run leaves a complete directory", () => {
  const { directory, stdout } = run("-q", "--quant-json", "po2-2b", "--quantize-last-layer", "--soft");
  assert.equal(stdout.match(/^ +\d\/2( +\S+){7} +[\d.]+ s$/gm)?.length, 2);
  assert.match(stdout, /packed size: 2\.00 bits per searched weight/);

  assert.equal(readResults(join(directory, "result.csv")).length, 2);
  assert.deepEqual(
    readMetrics(join(directory, "metrics.jsonl")).map(({ epoch }) => epoch),
    [1, 2],
  );
  assert.match(readFileSync(join(directory, "curves.svg"), "utf8"), /^<svg|^<\?xml/);
  const config = JSON.parse(readFileSync(join(directory, "config.json"), "utf8"));
  assert.deepEqual(config.search, { values: [-1, -0.5, 0.5, 1], firstLayer: false, lastLayer: true });
  assert.equal(config.recipe.epochs, 2);
  assert.equal(config.soft, true);

  const model = readSafetensors(join(directory, "model.safetensors")).tensors;
  const state = readSafetensors(join(directory, "state.safetensors")).tensors;
  const searched = [...state.keys()].filter((name) => name.endsWith(".alpha"));
  assert.equal(searched.length, 19);
  for (const name of searched) {
    const weight = model.get(name.replace(/alpha$/, "weight"));
    assert.ok(weight);
    const numbers = new Float32Array(Uint8Array.from(weight.data).buffer);
    assert.ok(
      numbers.every((value) => [-1, -0.5, 0.5, 1].includes(value)),
      name,
    );
    assert.deepEqual([...(state.get(name)?.shape ?? [])], [...weight.shape, 4]);
  }
  const [first = 0, second = 0] = readMetrics(join(directory, "metrics.jsonl")).map(({ val }) => val.top1);
  const best = readSafetensors(join(directory, "best.safetensors")).tensors;
  const isLastBest = second > first;
  const same = [...best].every(([name, { data }]) => Buffer.compare(data, model.get(name)?.data ?? data) === 0);
  assert.equal(same, isLastBest);
  const unpacked = unpackModel(readSafetensors(join(directory, "packed.safetensors")));
  assert.deepEqual([...unpacked.keys()].sort(), [...model.keys()].sort());
  for (const [name, entry] of unpacked) assert.deepEqual(entry.data, model.get(name)?.data, name);
});

test("a float run has no packed model, and --no-save leaves nothing", () => {
  const { directory } = run();
  assert.throws(() => readFileSync(join(directory, "packed.safetensors")), { code: "ENOENT" });
  const empty = join(workDir, "none");
  const { code, stdout } = weightSearch([...SHORT, "-o", empty, "--no-save", "-v"]);
  assert.equal(code, 0);
  assert.match(stdout, /^train 1\/2 .* 3\/3 {2}\d+ images\/s .* 0\.0 s left .* loss/m);
  assert.doesNotMatch(stdout, /^run:/m);
  assert.throws(() => readFileSync(empty), { code: "ENOENT" });
});
