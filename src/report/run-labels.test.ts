import assert from "node:assert/strict";
import { test } from "node:test";
import { LOGIT_KEYS, NORM_KEYS, OPTIM_KEYS } from "../config/optim-keys.js";
import { TRAINING_KEYS } from "../config/training-keys.js";
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
    details: ["float", "1 bit {±1}"],
  });
  const search = { values: [-1, -0.5, 0.5, 1], firstLayer: false, lastLayer: true };
  assert.deepEqual(labelRuns([run("a", { arch: "vgg_small", soft: true }), run("b", { search, epochs: 1 })]), {
    title: "cifar10",
    subtitle: "learning rate 0.1, batch 128, seed 0",
    labels: ["1 bit {±1}, soft, vgg_small, 200 epochs", "2 bits {±1/2, ±1}, last layer too, resnet20, 1 epoch"],
    details: ["1 bit {±1}, soft, vgg_small, 200 epochs", "2 bits {±1/2, ±1}, last layer too, resnet20, 1 epoch"],
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
    "1 bit {±1}, schedule Cos, temperature 1",
    "1 bit {±1}, schedule Step, temperature 2",
  ]);
});

test("of many differing settings, labels have those that distinguish runs", () => {
  const tuned = { initLr: 0.3, softEpochs: 24, temperatureFinal: 0.1, optim: { logits: { lrScale: 1.6 } } };
  const plain = { initLr: 0.1, softEpochs: 0, temperatureFinal: null, optim: { logits: { lrScale: 1 } } };
  const { labels, details } = labelRuns([run("a", {}, plain), run("b", {}, tuned), run("c", { seed: 1 }, tuned)]);
  assert.deepEqual(labels, [
    "1 bit {±1}, learning rate 0.1, seed 0",
    "1 bit {±1}, learning rate 0.3, seed 0",
    "1 bit {±1}, learning rate 0.3, seed 1",
  ]);
  assert.equal(
    details[1],
    "1 bit {±1}, learning rate 0.3, final temperature 0.1, soft epochs 24, logits' learning rate ×1.6, seed 0",
  );
});

test("a training config and the model that a run starts from are named", () => {
  const settings = (entries: object) => ({ settings: new Map(Object.entries(entries)) });
  const fromFloat = settings({ recipeFile: "json/training/resnet20-15.json", loadModelState: "results/float" });
  assert.deepEqual(labelRuns([run("a", settings({ recipeFile: "resnet20-30" })), run("b", fromFloat)]).labels, [
    "1 bit {±1}, resnet20-30",
    "1 bit {±1}, resnet20-15, from float",
  ]);
});

test("no label shows a key of the program", () => {
  const keys = { ...TRAINING_KEYS, ...OPTIM_KEYS, ...NORM_KEYS, ...LOGIT_KEYS };
  const recipe = (value: number) => {
    const values = (table: object) => Object.fromEntries(Object.keys(table).map((key) => [key, value]));
    const optim = { ...values(OPTIM_KEYS), norms: values(NORM_KEYS), logits: values(LOGIT_KEYS) };
    return { ...values(TRAINING_KEYS), optim };
  };
  const { details } = labelRuns([run("a", {}, recipe(1)), run("b", {}, recipe(2))]);
  const inner = Object.keys(keys).filter((key) => /[A-Z]/.test(key));
  assert.ok(inner.length > 20);
  for (const key of inner) assert.ok(!details.join().includes(key), key);
  assert.ok((details[0]?.split(", ").length ?? 0) > 30);
  assert.doesNotMatch(details.join(), /_|\bnull\b|undefined/);
});

test("runs that are the same, or not known, go by their directories' names", () => {
  assert.deepEqual(labelRuns([run("a", {}), run("b", {})]).labels, ["1 bit {±1} (a)", "1 bit {±1} (b)"]);
  assert.deepEqual(labelRuns([run("a", {}), run("old", null)]), {
    title: "Training curves",
    subtitle: "",
    labels: ["1 bit {±1}, resnet20, cifar10", "old"],
    details: ["1 bit {±1}, resnet20, cifar10", "old"],
  });
  assert.deepEqual(labelRuns([run("old", null)]).labels, ["old"]);
});
