import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { basename } from "node:path";
import { test } from "node:test";
import { settingsOf as settings } from "../../tests/support/run-settings.js";
import { nextStage } from "./settings.js";

type TrainFlags = NonNullable<Parameters<typeof settings>[0]>;

const DEFAULTS: readonly [
  flags: TrainFlags,
  arch: string,
  dataset: string,
  recipe: string,
  transforms: string | null,
][] = [
  [{}, "resnet20", "synthetic", "synthetic", null],
  [{ path: "data" }, "vgg_small", "cifar10", "vggsmall-200", null],
  [{ download: true, path: "data" }, "vgg_small", "cifar10", "vggsmall-200", null],
  [{ dataset: "cifar10", path: "data" }, "vgg_small", "cifar10", "vggsmall-200", null],
  [{ dataset: "cifar100", path: "data" }, "vgg_small", "cifar100", "vggsmall-200", null],
  [{ dataset: "imagenet", path: "data" }, "resnet18", "imagenet", "resnet18-120", "imagenet"],
  [{ dataset: "folder", path: "data" }, "resnet18", "folder", "resnet18-120", "imagenet"],
  [{ arch: "resnet50" }, "resnet50", "synthetic", "synthetic", null],
  [{ arch: "resnet20", path: "data" }, "resnet20", "cifar10", "resnet20-200", null],
  [{ path: "data", trainJson: "resnet20-200" }, "vgg_small", "cifar10", "resnet20-200", null],
  [
    { dataset: "folder", path: "data", transformJson: "tiny-imagenet" },
    "resnet18",
    "folder",
    "resnet18-120",
    "tiny-imagenet",
  ],
];
for (const [flags, arch, dataset, recipe, transforms] of DEFAULTS) {
  test(`${JSON.stringify(flags)}: ${arch} on ${dataset} by ${recipe}`, () => {
    const found = settings(flags);
    assert.deepEqual([found.arch, found.dataset], [arch, dataset]);
    assert.equal(basename(found.recipeFile), `${recipe}.json`);
    assert.equal(found.transforms && basename(found.transforms.file), transforms && `${transforms}.json`);
    assert.equal(found.path, flags.path ?? null);
  });
}

test("the defaults: a float network, hard, from initial values, to the end", () => {
  const { search, stage, soft, loadModelState, limitBatches, onBadImage, workers, threads } = settings();
  assert.deepEqual(
    [search, stage, soft, loadModelState, limitBatches, onBadImage],
    [null, null, false, null, null, "error"],
  );
  assert.ok(workers >= 1 && threads >= 1);
});

test("flags overrule the recipe, the temperature from the first epoch on", () => {
  const { recipe } = settings({ quantizeNetwork: true, epochs: 7, batchSize: 3, temperature: 0.5 });
  const own = settings().recipe;
  assert.deepEqual(recipe, { ...own, epochs: 7, batchSize: 3, firstTemperature: 0.5, initTemperature: 0.5 });
  assert.notDeepEqual(recipe, own);
});

test("the next stage searches factors and starts from the run before", () => {
  const first = settings({ quantizeNetwork: true, quantizeLastLayer: true, stages: 3, loadModelState: "a.pth" });
  assert.deepEqual([first.stage, first.search?.values, first.loadModelState], [0, [-1, 1], "a.pth"]);
  const second = nextStage(first, "results/run");
  assert.deepEqual(second, {
    ...first,
    stage: 1,
    search: { values: [1, 0.5], firstLayer: false, lastLayer: true },
    loadModelState: "results/run",
  });
  assert.deepEqual([nextStage(second, null).stage, nextStage(second, null).loadModelState], [2, null]);
});

test("processes on one machine share its cores", () => {
  const of = (localProcesses: number) => settings({}, localProcesses).threads;
  const before = process.env["OMP_NUM_THREADS"];
  delete process.env["OMP_NUM_THREADS"];
  try {
    const cores = availableParallelism();
    assert.deepEqual([of(1), of(cores), of(8 * cores)], [cores, 1, 1]);
  } finally {
    if (before !== undefined) process.env["OMP_NUM_THREADS"] = before;
  }
});
