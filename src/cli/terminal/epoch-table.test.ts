import assert from "node:assert/strict";
import { test } from "node:test";
import type { EpochMetrics } from "../../run/metrics-jsonl.js";
import { epochRow, epochTitles } from "./epoch-table.js";

const METRICS = {
  epoch: 3,
  lr: 0.0056481,
  temperature: 0.16807,
  noiseScale: 0.25,
  train: { loss: 1.5, top1: 0.25, top5: 0.5 },
  val: { loss: 12345, top1: 1, top5: 1 },
  trainSeconds: 60,
  valSeconds: 5,
} as EpochMetrics;

const OPTIONS = { epochs: 10, searched: true, hasNoise: false, classes: 10, width: 80 };

test("titles stand above their columns, within 80 characters", () => {
  assert.equal(epochTitles(OPTIONS), "epoch       lr     temp  train loss  top-1%  val loss  top-1%   top-5%     time");
  assert.equal(
    epochRow(METRICS, true, OPTIONS),
    " 3/10  0.00565    0.168      1.5000   25.00   1.235e4  100.00*  100.00     1:05",
  );
});

test("columns are left out of narrow tables, and numbers of any size keep to theirs", () => {
  const sizes = [1e-9, 1e-4, 0.0012345, 0.123456, 1, 12345.678, 1e9, Number.NaN, Number.POSITIVE_INFINITY];
  for (const width of [40, 50, 60, 70, 80, 100, 120, 200]) {
    for (const [searched, hasNoise, classes, epochs] of [
      [true, true, 1000, 1000],
      [true, false, 10, 20],
      [false, false, 3, 5],
    ] as const) {
      const options = { epochs, searched, hasNoise, classes, width };
      const titles = epochTitles(options);
      assert.ok(titles.length <= width, titles);
      assert.ok(/^ *epoch .*val loss {2}top-1%/.test(titles), titles);
      for (const size of sizes) {
        const pass = { loss: size, top1: 1, top5: 1 };
        const metrics = {
          ...METRICS,
          epoch: epochs,
          lr: size,
          temperature: size,
          noiseScale: size,
          train: pass,
          val: pass,
        };
        const row = epochRow(metrics, true, options);
        assert.ok(row.length <= width, row);
        assert.equal(row.indexOf("*"), titles.lastIndexOf("top-1%") + "top-1%".length, `${titles}\n${row}`);
      }
    }
  }
});

test("top-5 is shown for more than five classes only, noise where there is any", () => {
  assert.doesNotMatch(epochTitles({ ...OPTIONS, classes: 5 }), /top-5/);
  assert.match(epochTitles({ ...OPTIONS, hasNoise: true, width: 100 }), /noise/);
});
