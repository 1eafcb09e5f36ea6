import assert from "node:assert/strict";
import { test } from "node:test";
import { assertWellFormed } from "../../tests/support/svg.js";
import type { EpochMetrics } from "../run/metrics-jsonl.js";
import { renderCurves } from "./curves.js";

const TITLES = { title: "resnet20", subtitle: "1 bit" };

function run(valTop1: readonly number[], valLoss: readonly number[] = valTop1.map((top1) => 1 - top1)): EpochMetrics[] {
  return valTop1.map((top1, index) => ({
    epoch: index + 1,
    lr: 0.1,
    temperature: 1,
    noiseScale: 0,
    train: { loss: 0.5, top1: 0.5, top5: 1 },
    val: { loss: valLoss[index] ?? Number.NaN, top1, top5: 1 },
    trainSeconds: 1,
    valSeconds: 1,
    imagesPerSecond: 1,
    dataWaitSeconds: 0,
    skippedImages: 0,
    skippedSteps: 0,
    peakMemoryBytes: 1,
  }));
}

/** The validation lines of the accuracy and the loss panel. */
function valGroups(svg: string): string[] {
  return [...svg.matchAll(/<g class="val">(.*?)<\/g>/g)].map(([, content = ""]) => content).slice(1);
}

test("the best validation epoch is marked, the earliest of equals, in percent", () => {
  const svg = renderCurves(run([0.5, 0.9132, 0.8, 0.9132]), TITLES);
  assertWellFormed(svg);
  assert.match(svg, /class="mark-label"[^>]*>best 91\.32 %, epoch 2</);
  assert.equal(svg.match(/class="mark"/g)?.length, 1);
});

test("one epoch is seen as points", () => {
  const svg = renderCurves(run([0.5]), TITLES);
  assertWellFormed(svg);
  for (const group of valGroups(svg)) assert.match(group, /^<circle [^>]*\/>$/);
});

test("500 epochs are one line of 500 points without dots", () => {
  const svg = renderCurves(run(Array.from({ length: 500 }, (_, index) => index / 500)), TITLES);
  assertWellFormed(svg);
  const [accuracy = ""] = valGroups(svg);
  assert.equal(accuracy.match(/[ML]/g)?.length, 500);
  assert.doesNotMatch(accuracy, /circle/);
});

test("values that are not finite leave gaps, and a value alone between gaps is a dot", () => {
  const top1 = Array.from({ length: 30 }, () => 0.5);
  top1.splice(10, 3, Number.NaN, 0.6, Number.NaN);
  const svg = renderCurves(run(top1, [Infinity, -Infinity, Number.NaN, 1e200]), TITLES);
  assertWellFormed(svg);
  const [accuracy = "", loss = ""] = valGroups(svg);
  assert.equal(accuracy.match(/M/g)?.length, 2);
  assert.equal(accuracy.match(/<circle/g)?.length, 1);
  assert.equal(loss, "");
});

test("no epochs, and epochs without a value, give empty axes", () => {
  for (const metrics of [[], run([Number.NaN], [Number.NaN])]) {
    const svg = renderCurves(metrics, TITLES);
    assertWellFormed(svg);
    assert.doesNotMatch(svg, /class="mark"/);
  }
  assert.equal(renderCurves([], TITLES).match(/no values yet/g)?.length, 2);
});

test("titles are escaped, and cut where they would leave the figure", () => {
  const svg = renderCurves(run([0.5]), { title: "<script>&", subtitle: "x".repeat(1000) });
  assertWellFormed(svg);
  assert.match(svg, />&lt;script&gt;&amp;<\/text>/);
  assert.match(svg, />x{129}…<\/text>/);
});
