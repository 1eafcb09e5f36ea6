import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { readMetrics } from "../../src/run/metrics-jsonl.js";
import { readResults } from "../../src/run/result-csv.js";
import { feedOne } from "./feed-one.js";
import { makeScratch } from "./scratch.js";
import type { Target } from "./target.js";
import { archive } from "./targets/archive.js";
import { cifarPickle, pickle } from "./targets/cifar.js";
import { recipes, transforms } from "./targets/json-files.js";
import { metricsJsonl, resultCsv, runConfig } from "./targets/run-files.js";
import { packedModels, safetensors } from "./targets/safetensors.js";
import { modelFiles, torchLegacy, torchZip, zipFiles } from "./targets/torch-files.js";

const folder = makeScratch("truncation");
after(() => rmSync(folder, { recursive: true }));

/** The smallest of a target's valid files. */
async function smallest(target: Target): Promise<Uint8Array> {
  const seeds = await target.seeds();
  const feed = await target.prepare(mkdtempSync(join(folder, "seeds-")));
  const valid: Uint8Array[] = [];
  for (const seed of seeds) {
    const { kind } = await feedOne(target, feed, seed, folder);
    if (kind === "accepted") valid.push(seed);
  }
  const [least] = valid.sort((a, b) => a.length - b.length);
  assert.ok(least !== undefined, `no valid seed of ${target.name}`);
  return least;
}

for (const target of [
  ...[safetensors, packedModels, zipFiles, torchZip, torchLegacy, modelFiles],
  ...[pickle, cifarPickle, archive, recipes, transforms, runConfig],
]) {
  test(`${target.name}: a file that ends anywhere before its end is refused, with one line that names it`, async () => {
    const whole = await smallest(target);
    const own = mkdtempSync(join(folder, `${target.name}-`));
    const feed = await target.prepare(own);
    // White space after JSON is not needed.
    const needed = Buffer.from(whole).toString("latin1").trimEnd().length;
    for (let length = 0; length < needed; length++) {
      const outcome = await feedOne(target, feed, whole.subarray(0, length), own);
      assert.equal(outcome.kind, "refused", `${length} of ${whole.length} bytes: ${JSON.stringify(outcome)}`);
    }
  });
}

test("result.csv and metrics.jsonl cut off anywhere lose the line that is cut, and no other", async () => {
  for (const [target, read, headLines] of [
    [resultCsv, readResults, 1],
    [metricsJsonl, readMetrics, 0],
  ] as const) {
    const whole = await smallest(target);
    const path = join(folder, target.name);
    writeFileSync(path, whole);
    const rows = read(path);
    for (let length = 0; length < whole.length; length++) {
      const part = whole.subarray(0, length);
      writeFileSync(path, part);
      const lines = part.filter((byte) => byte === 0x0a).length;
      if (lines < headLines) assert.throws(() => read(path), { name: "InputError", message: /line 1: expected/ });
      else assert.deepEqual(read(path), rows.slice(0, lines - headLines), `${target.name}, ${length} bytes`);
    }
  }
});
