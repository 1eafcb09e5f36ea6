import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { TrainingRecipe } from "../config/training.js";
import { openBatchSources } from "../data/batch-sources.js";
import { makeSynthetic } from "../data/synthetic.js";
import { networks } from "../models/registry.js";
import { Sgd } from "../optim/sgd.js";
import { manualSeed, setThreads } from "../tensor/runtime.js";
import { evaluate } from "./evaluate.js";
import type { Progress } from "./pass.js";
import { batchesPerEpoch, type Training, trainEpoch } from "./train-epoch.js";

before(() => setThreads(1));

const RECIPE: TrainingRecipe = {
  initLr: 0.01,
  weightDecay: 0,
  momentum: 0.9,
  batchSize: 2,
  epochs: 1,
  lrScheduler: "Cos",
  lrStep: "batch",
  gamma: 0.1,
  milestones: [],
  etaMin: 0,
  firstTemperature: 1,
  initTemperature: 1,
  temperatureAnnealRate: 1,
  temperatureAnnealStep: 1,
  temperatureMin: 0,
  firstNoiseScale: 0,
  initNoiseScale: 0,
  noiseAnnealRate: 1,
  noiseAnnealStep: 1,
};

interface Case {
  readonly arch: string;
  readonly images: number;
  readonly batchSize: number;
  readonly limitBatches?: number;
}

function training({ arch, images, batchSize, limitBatches }: Case): Training {
  manualSeed(0);
  const family = networks.get(arch);
  assert.ok(family);
  const network = family.build({ numClasses: 10, search: null });
  const dataset = makeSynthetic({ seed: 0, trainCount: images, valCount: 1 });
  const { memoryFormat } = family;
  const place = { transforms: null, workers: 1, onBadImage: null, memoryFormat, device: "cpu" };
  const parameters = [...network.namedParameters()].map(([, parameter]) => parameter);
  return {
    network,
    sgd: new Sgd(parameters, [], { momentum: 0.9, weightDecay: 0 }),
    source: openBatchSources(dataset, place).train,
    recipe: { ...RECIPE, batchSize },
    soft: false,
    seed: 0,
    limitBatches: limitBatches ?? null,
  };
}

/** Batches in all and images done, after each batch of an epoch. */
async function progressOf(run: Training): Promise<[batches: number, images: number][]> {
  const steps: Progress[] = [];
  const { images } = await trainEpoch(run, 0, (progress) => steps.push(progress));
  assert.equal(images, steps.at(-1)?.images);
  assert.equal(steps.at(-1)?.batch, batchesPerEpoch(run));
  return steps.map((step) => [step.batches, step.images]);
}

test("an image left over joins the last batch, so that a network with maps of one pixel trains", async () => {
  assert.deepEqual(await progressOf(training({ arch: "resnet18", images: 5, batchSize: 2 })), [
    [2, 2],
    [2, 5],
  ]);
});

test("a limit that comes first leaves it out, one that does not changes nothing", async () => {
  const run = { arch: "resnet20", images: 5, batchSize: 2 };
  assert.deepEqual(await progressOf(training({ ...run, limitBatches: 1 })), [[1, 2]]);
  assert.deepEqual(await progressOf(training({ ...run, limitBatches: 2 })), [
    [2, 2],
    [2, 5],
  ]);
  assert.deepEqual(await progressOf(training({ ...run, images: 6, limitBatches: 2 })), [
    [2, 2],
    [2, 4],
  ]);
});

test("a learning rate by batch ends with the last batch", async () => {
  const rates: number[] = [];
  const run = training({ arch: "resnet20", images: 5, batchSize: 2 });
  const step = run.sgd.step.bind(run.sgd);
  run.sgd.step = (learningRate) => {
    rates.push(learningRate);
    step(learningRate);
  };
  await trainEpoch(run, 0, () => undefined);
  assert.deepEqual(rates, [0.01, 0.005]);
});

for (const [title, more] of [
  ["one image in all", { images: 1, batchSize: 16 }],
  ["batches of one image", { images: 3, batchSize: 1 }],
] as const) {
  test(`${title}, where maps are of one pixel: an error that names the batch size`, async () => {
    await assert.rejects(
      trainEpoch(training({ arch: "resnet18", ...more }), 0, () => undefined),
      {
        name: "InputError",
        message: /^batch size: expected at least 2 images in each training batch.*found a batch of 1$/,
      },
    );
  });
  test(`${title}, where maps are larger, trains`, async () => {
    const steps = await progressOf(training({ arch: "resnet20", ...more }));
    assert.equal(steps.length, more.images);
  });
}

test("evaluation takes every image once, one left over too", async () => {
  const { network, source } = training({ arch: "resnet20", images: 251, batchSize: 1 });
  const options = { epoch: 1, onProgress: () => undefined };
  assert.equal((await evaluate(network, source, { ...options, limitBatches: null })).images, 251);
  assert.equal((await evaluate(network, source, { ...options, limitBatches: 1 })).images, 251);
});
