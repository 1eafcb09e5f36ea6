import assert from "node:assert/strict";
import { before, test } from "node:test";
import { parseTrainingConfig } from "../config/training.js";
import type { BatchSource } from "../data/batch-source.js";
import { openBatchSources } from "../data/batch-sources.js";
import { makeSynthetic } from "../data/synthetic.js";
import { ALONE } from "../distributed/group.js";
import { networks } from "../models/registry.js";
import type { Progress } from "../run/logger.js";
import { Loggers } from "../run/loggers.js";
import type { EpochMetrics } from "../run/metrics-jsonl.js";
import { BEGINNING } from "../run/progress.js";
import { manualSeed, setThreads } from "../tensor/runtime.js";
import { liveTensors } from "../tensor/tensor.js";
import { NO_CHECKPOINTS } from "./checkpoint.js";
import { DivergencePolicy } from "./divergence-policy.js";
import { EpochBatches } from "./epoch-batches.js";
import { evaluate } from "./evaluate.js";
import { type Execution, executionOn, STEP_BY_STEP } from "./execution.js";
import { trainLoop } from "./loop.js";
import { newOptimizer } from "./new-optimizer.js";
import { Ranks } from "./ranks.js";
import type { TrainingRun } from "./training-run.js";

before(() => setThreads(1));

const RECIPE = parseTrainingConfig(
  {
    ...{ init_lr: 0.01, weight_decay: 0, momentum: 0.9, batch_size: 2, epochs: 1 },
    ...{ lr_scheduler: "Cos", lr_step: "batch" },
  },
  "epoch test",
);

interface Case {
  readonly arch: string;
  readonly images: number;
  readonly batchSize: number;
  readonly limitBatches?: number;
  readonly execution?: Execution;
  readonly initLr?: number;
}

/** A run of one epoch, and what its loggers receive of training. */
interface Epoch {
  readonly run: TrainingRun;
  readonly source: BatchSource;
  readonly steps: Progress[];
}

function training({ arch, images, batchSize, limitBatches, execution = STEP_BY_STEP, initLr = 0.01 }: Case): Epoch {
  manualSeed(0);
  const family = networks.get(arch);
  assert.ok(family);
  const network = family.build({ numClasses: 10, search: null });
  const dataset = makeSynthetic({ seed: 0, trainCount: images, valCount: 1 });
  const { memoryFormat } = family;
  const place = { transforms: null, workers: 1, onBadImage: null, memoryFormat, device: "cpu" };
  const sources = openBatchSources(dataset, place);
  const config = { ...RECIPE, batchSize, initLr };
  const trained = { network, optimizer: newOptimizer(network, config) };
  const ranks = new Ranks(ALONE, network, { syncBn: false, stop: { isRequested: false }, checkpoints: NO_CHECKPOINTS });
  const steps: Progress[] = [];
  const limit = limitBatches ?? null;
  return {
    source: sources.train,
    steps,
    run: {
      ...trained,
      ...{ config, soft: false, stateBn: false, seed: 0, limitBatches: limit, bnCalibration: 0, execution, ranks },
      batches: new EpochBatches({ source: sources.train, batchSize, seed: 0, limitBatches: limit, ranks }),
      val: sources.val,
      distillation: null,
      mixing: null,
      patience: null,
      divergence: new DivergencePolicy("stop", trained, execution.sumsOn !== null),
      checkpoints: NO_CHECKPOINTS,
      loggers: new Loggers([{ step: (progress) => void (progress.pass === "train" && steps.push(progress)) }]),
      start: BEGINNING,
    },
  };
}

/** Trains the epoch; returns what it measured. */
async function wholeEpoch({ run }: Epoch): Promise<EpochMetrics> {
  assert.equal(await trainLoop(run), "finished");
  const [metrics] = run.loggers.epochs;
  assert.ok(metrics);
  return metrics;
}

/** Batches in all and images done, after each batch of an epoch. */
async function progressOf(epoch: Epoch): Promise<[batches: number, images: number][]> {
  await wholeEpoch(epoch);
  const { steps, run } = epoch;
  assert.equal(steps.at(-1)?.batch, run.batches.count);
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
  const epoch = training({ arch: "resnet20", images: 5, batchSize: 2 });
  const { optimizer } = epoch.run;
  const step = optimizer.step.bind(optimizer);
  optimizer.step = (learningRate) => {
    rates.push(learningRate);
    step(learningRate);
  };
  await wholeEpoch(epoch);
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
  const { run, source } = training({ arch: "resnet20", images: 251, batchSize: 1 });
  const { network, loggers } = run;
  const options = { epoch: 1, execution: STEP_BY_STEP, loggers, group: ALONE };
  assert.equal((await evaluate(network, source, { ...options, limitBatches: null })).images, 251);
  assert.equal((await evaluate(network, source, { ...options, limitBatches: 1 })).images, 251);
});

/** What a training epoch and an evaluation after it measure, and the steps after which their means were known. */
async function measured(execution: Execution) {
  const epoch = training({ arch: "resnet20", images: 21, batchSize: 4, execution });
  const { run, source, steps } = epoch;
  const before = liveTensors();
  const { train, imagesPerSecond, trainSeconds } = await wholeEpoch(epoch);
  const options = { epoch: 1, execution, limitBatches: null, loggers: run.loggers, group: ALONE };
  const val = await evaluate(run.network, source, options);
  // Networks of tests before may be collected meanwhile: there may be fewer.
  assert.ok(liveTensors() <= before, `${before} tensors before, ${liveTensors()} after`);
  const images = Math.round(imagesPerSecond * trainSeconds);
  return { losses: steps.map(({ running }) => running.loss), train, images, val: val.metrics };
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

test("a NaN loss ends the epoch: at its step, or when sums kept on a device are read", async () => {
  const message = (when: string) => ({
    name: "DivergedError",
    message: new RegExp(`^epoch 1, ${when} \\(step [23]\\): the training loss is (NaN|Infinity); `),
  });
  const diverging = (execution: Execution) => {
    return wholeEpoch(training({ arch: "resnet20", images: 12, batchSize: 4, execution, initLr: 1e38 }));
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
