import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunConfig } from "../run/config.js";
import type { RunRecord } from "../run/read-run.js";
import { reportRows } from "./report-rows.js";

interface Fake extends Partial<Pick<RunConfig, "arch" | "dataset" | "search" | "seed" | "startedAt">> {
  readonly settings?: object;
  readonly top1?: readonly number[];
}

function run(path: string, { settings, top1 = [0.5], ...config }: Fake = {}): RunRecord {
  const known = {
    arch: "resnet20",
    dataset: "cifar10",
    search: { values: [-1, 1], firstLayer: false, lastLayer: false },
    seed: 0,
    startedAt: "2026",
    ...config,
  };
  return {
    path,
    name: path,
    config: {
      ...known,
      formatVersion: 2,
      networkFile: null,
      ownOptimizer: null,
      ownLoss: null,
      datasetFile: null,
      soft: false,
      activationBits: null,
      epochs: 2,
      recipe: new Map(),
      settings: new Map(Object.entries({ ...known, ...settings })),
    },
    epochs: top1.map((each, index) => ({
      epoch: index + 1,
      train: { loss: 1, top1: each, top5: 1 },
      val: { loss: 1, top1: each, top5: 1 },
      trainSeconds: 10 * (index + 1),
    })),
    modelBytes: 100,
  };
}

const original: RunRecord = { ...run("0"), config: null };
const paths = (rows: ReturnType<typeof reportRows>) => rows.map(({ runs }) => runs.join("+"));

test("rows are sorted by network, data set, bits and time, what is unknown last", () => {
  const search = { values: [-1, -0.5, 0.5, 1], firstLayer: false, lastLayer: false };
  const runs = [
    original,
    run("f", { arch: "vgg_small", search: null }),
    run("e", { dataset: "synthetic", search: null }),
    run("d", { search }),
    run("c", { startedAt: "2027" }),
    run("b"),
    run("a", { search: null }),
  ];
  assert.deepEqual(paths(reportRows(runs, false)), ["a", "b", "c", "d", "e", "f", "0"]);
});

test("a mean is of runs that differ in their seed only", () => {
  const runs = [
    run("a", { top1: [0.5, 0.6] }),
    run("b", { seed: 1, top1: [0.8, 0.7], startedAt: "2027", settings: { threads: 9 } }),
    run("other", { seed: 2, top1: [0.5, 0.5], settings: { recipe: { initLr: 1 } } }),
    run("unfinished", { seed: 3 }),
    run("again", { top1: [0.5, 0.6], startedAt: "2028" }),
    original,
  ];
  const rows = reportRows(runs, true);
  assert.deepEqual(paths(rows).sort(), ["0", "a+b", "again", "other", "unfinished"]);
  const [first] = rows;
  assert.deepEqual(first?.seeds, [0, 1]);
  assert.equal(first?.top1?.mean.toFixed(6), "0.650000");
  assert.equal(first?.top1?.std?.toFixed(6), (0.1 / Math.SQRT2).toFixed(6));
  assert.equal(first?.bestTop1?.mean.toFixed(6), "0.700000");
  assert.equal(first?.bestEpoch, null);
  assert.deepEqual(first?.trainSeconds, { mean: 15, std: 0 });
});

test("the order of keys in a configuration does not matter, their values do", () => {
  const one = { recipe: { a: 1, b: [{ c: 1, d: 2 }] } };
  const same = { recipe: { b: [{ d: 2, c: 1 }], a: 1 } };
  const other = { recipe: { b: [{ d: 2, c: 2 }], a: 1 } };
  const rows = reportRows(
    [run("a", { settings: one }), run("b", { seed: 1, settings: same }), run("c", { seed: 2, settings: other })],
    true,
  );
  assert.deepEqual(paths(rows), ["a+b", "c"]);
});

test("what one of the runs lacks has no mean", () => {
  const [row] = reportRows([run("a"), { ...run("b", { seed: 1 }), modelBytes: null }], true);
  assert.deepEqual([row?.runs.length, row?.modelBytes], [2, null]);
});
