import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunConfig } from "../run/config.js";
import type { RunRecord } from "../run/read-run.js";
import { labelRuns } from "./run-labels.js";

const RECIPE = {
  initLr: 0.1,
  batchSize: 128,
  epochs: 200,
  initTemperature: 1,
  firstTemperature: 1,
  lrScheduler: "Cos",
};

function run(name: string, config: Partial<RunConfig> | null, recipe: object = {}): RunRecord {
  const known: RunConfig = {
    formatVersion: 2,
    arch: "resnet20",
    networkFile: null,
    ownOptimizer: null,
    ownLoss: null,
    datasetFile: null,
    dataset: "cifar10",
    search: { values: [-1, 1], firstLayer: false, lastLayer: false },
    soft: false,
    activationBits: null,
    seed: 0,
    epochs: 200,
    recipe: new Map(Object.entries({ ...RECIPE, ...recipe })),
    startedAt: "",
    settings: new Map(),
    ...config,
  };
  return { path: name, name, config: config && known, epochs: [], modelBytes: null };
}

test("what runs share is in the titles, what tells them apart in the labels", () => {
  assert.deepEqual(labelRuns([run("a", { search: null }), run("b", {})]), {
    title: "resnet20 on cifar10",
    subtitle: "200 epochs, learning rate 0.1, batch 128, seed 0",
    labels: ["float", "1 bit {±1}"],
  });
  const search = { values: [-1, -0.5, 0.5, 1], firstLayer: false, lastLayer: true };
  assert.deepEqual(labelRuns([run("a", { arch: "vgg_small", soft: true }), run("b", { search, seed: 3, epochs: 1 })]), {
    title: "cifar10",
    subtitle: "learning rate 0.1, batch 128",
    labels: [
      "1 bit {±1}, soft, vgg_small, 200 epochs, seed 0",
      "2 bits {±1/2, ±1}, last layer too, resnet20, 1 epoch, seed 3",
    ],
  });
});

test("accuracies on held-out images are told from those on the data's own", () => {
  const heldOut = (valSplit: number | null) => ({ settings: new Map([["valSplit", valSplit]]) });
  assert.deepEqual(labelRuns([run("a", heldOut(5000)), run("b", {}), run("c", heldOut(0.15))]).labels, [
    "1 bit {±1}, 5,000 held out",
    "1 bit {±1}",
    "1 bit {±1}, 15 % held out",
  ]);
  const { subtitle, labels } = labelRuns([run("a", { ...heldOut(9), search: null }), run("b", heldOut(9))]);
  assert.equal(subtitle, "9 held out, 200 epochs, learning rate 0.1, batch 128, seed 0");
  assert.deepEqual(labels, ["float", "1 bit {±1}"]);
});

test("any setting of the recipe tells runs apart", () => {
  const hotter = { initTemperature: 2, firstTemperature: 2, lrScheduler: "Step" };
  assert.deepEqual(labelRuns([run("a", {}), run("b", {}, hotter)]).labels, [
    "1 bit {±1}, temperature 1, lrScheduler Cos",
    "1 bit {±1}, temperature 2, lrScheduler Step",
  ]);
});

test("runs that are the same, or not known, go by their directories' names", () => {
  assert.deepEqual(labelRuns([run("a", {}), run("b", {})]).labels, ["1 bit {±1} (a)", "1 bit {±1} (b)"]);
  assert.deepEqual(labelRuns([run("a", {}), run("old", null)]), {
    title: "Training curves",
    subtitle: "",
    labels: ["1 bit {±1}, resnet20, cifar10", "old"],
  });
  assert.deepEqual(labelRuns([run("old", null)]).labels, ["old"]);
});
