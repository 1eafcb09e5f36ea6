import assert from "node:assert/strict";
import { test } from "node:test";
import { describeReport } from "./load-report.js";

test("a report in lines: counts, then at most eight names of a kind", () => {
  const names = Array.from({ length: 10 }, (_, index) => `n${index}`);
  const lines = describeReport({
    source: "a.pth",
    matched: names,
    missing: ["m"],
    leftover: names,
    renamed: [{ from: "module.a", to: "a" }],
    reinitialised: [{ name: "fc.bias", expected: [10], found: [1000] }],
    fromFloat: [{ layer: "conv2", scale: 12.34567, absorbedBy: "bn2" }],
    quantizedWeights: ["conv3"],
  });
  assert.deepEqual(lines, [
    "a.pth: 10 tensors loaded, 1 missing, 10 not used",
    "missing, left at their initial values: 1 (m)",
    "in the file but not used: 10 (n0, n1, n2, n3, n4, n5, n6, n7, and 2 more)",
    "renamed: 1 (module.a → a)",
    "another number of classes, left at its initial values: 1 (fc.bias [10], in the file [1000])",
    "loaded as quantized weights, as the value set differs or the layer is float: 1 (conv3)",
    "search started from float weights: 1 (conv2 × 12.35)",
  ]);
  const [, , hostile] = describeReport({
    source: "a.pth",
    matched: [],
    missing: ["m"],
    leftover: [`\x1b[2J${"x".repeat(1000)}`],
    renamed: [],
    reinitialised: [],
    fromFloat: [],
    quantizedWeights: [],
  });
  assert.equal(hostile, `in the file but not used: 1 (\\u001b[2J${"x".repeat(196)}…)`);
});
