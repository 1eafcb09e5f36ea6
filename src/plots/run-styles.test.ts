import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { writeFakeRun } from "../../tests/support/fake-run.js";
import { type RunRecord, readRun } from "../run/read-run.js";
import { runStyles } from "./run-styles.js";

const folder = mkdtempSync(join(tmpdir(), "weight-search-styles-"));
after(() => rmSync(folder, { recursive: true }));

function run(name: string, values: readonly number[] | null, settings: object = {}): RunRecord {
  return readRun(writeFakeRun(join(folder, name), { valTop1: [0.5], values, settings }));
}

const FLOAT = run("float", null);
const ONE_BIT = run("one-bit", [-1, 1]);
const SEED_1 = run("seed-1", [-1, 1], { seed: 1, startedAt: "2026-11-24T00:00:00.000Z" });
const LATER = run("later", [-1, 1], { soft: true, startedAt: "2026-11-25T00:00:00.000Z" });
const TWO_BITS = run("two-bits", [-1, -0.5, 0.5, 1]);
const LOW_BIT = run("low-bit", [-1, 1], { activationBits: 1 });
const ORIGINAL = { ...FLOAT, path: "original", config: null };

const colours = (...runs: RunRecord[]) => runStyles(runs).map(({ colour }) => colour);

test("a run has the same colour whatever else a figure shows, and in any order", () => {
  assert.deepEqual(colours(FLOAT, ONE_BIT, TWO_BITS, LOW_BIT), [0, 1, 2, 5]);
  assert.deepEqual(colours(TWO_BITS, ONE_BIT), [2, 1]);
  assert.deepEqual(colours(ONE_BIT), [1]);
  assert.deepEqual(colours(LATER), [1]);
});

test("runs of one colour have different markers, the first to start a circle", () => {
  assert.deepEqual(runStyles([LATER, SEED_1, FLOAT, ONE_BIT]), [
    { colour: 1, shape: "square" },
    { colour: 1, shape: "diamond" },
    { colour: 0, shape: "circle" },
    { colour: 1, shape: "circle" },
  ]);
});

test("a run of which only results are known has a colour that no other has", () => {
  assert.deepEqual(colours(ORIGINAL, ONE_BIT), [0, 1]);
  assert.deepEqual(colours(ORIGINAL, FLOAT, ONE_BIT), [2, 0, 1]);
});

test("twelve runs of any kind are all distinct", () => {
  for (const make of [
    (index: number) => run(`a${index}`, [-1, 1], { limitBatches: index }),
    (index: number) => run(`b${index}`, [-1, 1], { seed: index }),
  ]) {
    const styles = runStyles(Array.from({ length: 12 }, (_, index) => make(index + 1)));
    assert.equal(new Set(styles.map(({ colour, shape }) => `${colour} ${shape}`)).size, 12);
  }
});
