import assert from "node:assert/strict";
import { test } from "node:test";
import type { EpochMetrics } from "../../run/metrics-jsonl.js";
import { epochLine } from "./epoch-line.js";

const pass = { loss: 1.5, top1: 0.25, top5: 0.5 };
const metrics = {
  epoch: 3,
  lr: 0.1,
  temperature: 0.5,
  noiseScale: 0.25,
  train: pass,
  val: { ...pass, loss: 12345 },
  trainSeconds: 2,
  valSeconds: 1,
} as EpochMetrics;

const options = { epochs: 10, classes: 10 };

test("temperature and noise are shown for a search only", () => {
  const shared = "train loss 1.5000 top-1 25.00% top-5 50.00% | val loss 1.235e+4 top-1 25.00% top-5 50.00% | 3.0 s";
  assert.equal(
    epochLine(metrics, { ...options, searched: true }),
    `epoch  3/10 | lr 0.1000 | temp 0.5000 | noise 0.2500 | ${shared}`,
  );
  assert.equal(epochLine(metrics, { ...options, searched: false }), `epoch  3/10 | lr 0.1000 | ${shared}`);
});

test("disabled noise is not shown", () => {
  assert.doesNotMatch(epochLine({ ...metrics, noiseScale: 0 }, { ...options, searched: true }), /noise/);
});

test("top-5 is not shown for five classes or fewer", () => {
  assert.match(epochLine(metrics, { epochs: 10, searched: true, classes: 6 }), /top-5/);
  assert.doesNotMatch(epochLine(metrics, { epochs: 10, searched: true, classes: 5 }), /top-5/);
});
