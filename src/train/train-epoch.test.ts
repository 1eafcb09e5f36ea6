import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { TrainingRecipe } from "../config/training.js";
import { openBatchSources } from "../data/batch-sources.js";
import { makeSynthetic } from "../data/synthetic.js";
import { networks } from "../models/registry.js";
import { Sgd } from "../optim/sgd.js";
import { manualSeed, setThreads } from "../tensor/runtime.js";
import { liveTensors } from "../tensor/tensor.js";
import { evaluate } from "./evaluate.js";
import { type Execution, executionOn, STEP_BY_STEP } from "./execution.js";
import type { PassTotals, Progress } from "./pass.js";
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
  warmupEpochs: 0,
  labelSmoothing: 0,
  logitInit: "uniform",
  optim: { logits: { lrScale: 1, lrUnit: "plain", weightDecay: 0, momentum: 0.9 } },
  firstTemperature: 1,
  initTemperature: 1,
  temperatureAnnealRate: 1,
  temperatureAnnealStep: 1,
  temperatureMin: 0,
  temperatureAnnealBegin: 0,
  temperatureAnnealEnd: 1,
  temperatureFinal: null,
  softEpochs: 0,
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
    stateBn: false,
    execution: STEP_BY_STEP,
    onNan: "stop",
    together: null,
  };
}

/** A whole epoch. */
async function wholeEpoch(
  run: Training,
  onProgress: (progress: Progress) => void = () => undefined,
): Promise<PassTotals> {
  const totals = await trainEpoch(run, 0, { from: null, leftOut: [], onProgress, between: () => false });
  assert.ok(totals);
  return totals;
}

/** Batches in all and images done, after each batch of an epoch. */
async function progressOf(run: Training): Promise<[batches: number, images: number][]> {
  const steps: Progress[] = [];
  const { images } = await wholeEpoch(run, (progress) => steps.push(progress));
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
  await wholeEpoch(run);
  assert.deepEqual(rates, [0.01, 0.005]);
});

for (const [title, more] of [
  ["one image in all", { images: 1, batchSize: 16 }],
  ["batches of one image", { images: 3, batchSize: 1 }],
] as const) {
  test(`${title}, where maps are of one pixel: an error that names the batch size`, async () => {
    await assert.rejects(wholeEpoch(training({ arch: "resnet18", ...more })), {
      name: "InputError",
      message: /^batch size: expected at least 2 images in each training batch.*found a batch of 1$/,
    });
  });
  test(`${title}, where maps are larger, trains`, async () => {
    const steps = await progressOf(training({ arch: "resnet20", ...more }));
    assert.equal(steps.length, more.images);
  });
}

test("evaluation takes every image once, one left over too", async () => {
  const { network, source } = training({ arch: "resnet20", images: 251, batchSize: 1 });
  const options = { epoch: 1, execution: STEP_BY_STEP, onProgress: () => undefined, group: null };
  assert.equal((await evaluate(network, source, { ...options, limitBatches: null })).images, 251);
  assert.equal((await evaluate(network, source, { ...options, limitBatches: 1 })).images, 251);
});

/** What a training epoch and an evaluation after it measure, and the steps after which their means were known. */
async function measured(execution: Execution) {
  const run = { ...training({ arch: "resnet20", images: 21, batchSize: 4 }), execution };
  const before = liveTensors();
  const losses: number[] = [];
  const trained = await wholeEpoch(run, ({ running }) => losses.push(running.loss));
  const val = await evaluate(run.network, run.source, {
    epoch: 1,
    execution,
    limitBatches: null,
    onProgress: () => undefined,
    group: null,
  });
  // Networks of tests before may be collected meanwhile: there may be fewer.
  assert.ok(liveTensors() <= before, `${before} tensors before, ${liveTensors()} after`);
  return { losses, train: trained.metrics, images: trained.images, val: val.metrics };
}

test("sums that the device keeps, read now and then, give the same means to the bit", async () => {
  const each = await measured(STEP_BY_STEP);
  const kept = await measured({ bf16On: null, sumsOn: "cpu" });
  assert.deepEqual([kept.train, kept.val, kept.images], [each.train, each.val, each.images]);
  assert.equal(new Set(each.losses).size, 5);
  // Known after the first batch and after the last; in between if half a second went by.
  assert.deepEqual([kept.losses[0], kept.losses.at(-1)], [each.losses[0], each.losses.at(-1)]);
  assert.ok(kept.losses.every((loss) => each.losses.includes(loss)));
});

test("a loss that is no number ends the epoch: at its step, or where sums are kept when they are read", async () => {
  const message = (when: string) => ({
    name: "DivergedError",
    message: new RegExp(`^epoch 1, ${when} \\(step [23]\\): the training loss is (NaN|Infinity); `),
  });
  const diverging = (execution: Execution) => {
    const run = training({ arch: "resnet20", images: 12, batchSize: 4 });
    return wholeEpoch({ ...run, execution, recipe: { ...run.recipe, initLr: 1e38 } });
  };
  await assert.rejects(diverging(STEP_BY_STEP), message("batch 2"));
  await assert.rejects(diverging({ bf16On: null, sumsOn: "cpu" }), message("batch [23] or before"));
});

test("bfloat16 trains nearly as float32 does, on float32 parameters", async () => {
  const exact = await measured(STEP_BY_STEP);
  const rounded = await measured({ bf16On: "cpu", sumsOn: null });
  assert.notEqual(rounded.train.loss, exact.train.loss);
  assert.ok(Math.abs(rounded.train.loss - exact.train.loss) < 0.1, `${rounded.train.loss} and ${exact.train.loss}`);
});

test("only a CUDA device keeps sums and rounds", () => {
  assert.deepEqual(executionOn("cpu", "float32"), STEP_BY_STEP);
  assert.deepEqual(executionOn("mps", "float32"), STEP_BY_STEP);
  assert.deepEqual(executionOn("cuda:1", "bf16"), { bf16On: "cuda", sumsOn: "cuda:1" });
  assert.deepEqual(executionOn("cuda:0", "tf32"), { bf16On: null, sumsOn: "cuda:0" });
});
