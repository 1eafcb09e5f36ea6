import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { assertNear } from "../../tests/support/near.js";
import {
  beginTiny,
  RECIPE,
  resumeTiny,
  TinyNetwork,
  type TinyOptions,
  type TinyTrial,
} from "../../tests/support/tiny-training.js";
import { openBatchSources } from "../data/batch-sources.js";
import type { BatchMix } from "../data/batch-transforms/batch-mix.js";
import type { ImageTransforms } from "../data/images/transforms/transform.js";
import { makeSynthetic } from "../data/synthetic.js";
import type { Module } from "../nn/module.js";
import { CheckpointFolder } from "../run/checkpoint-folder.js";
import type { LayerStatistics } from "../run/layer-statistics.js";
import { BEGINNING } from "../run/progress.js";
import { setThreads } from "../tensor/runtime.js";
import { liveTensors } from "../tensor/tensor.js";
import type { Execution } from "./execution.js";

before(() => setThreads(1));

const root = mkdtempSync(join(tmpdir(), "fit-"));
after(() => rmSync(root, { recursive: true }));

function emptyFolder(): string {
  return mkdtempSync(join(root, "run-"));
}

const VALUES = [-1, -0.5, 0.5, 1];

const OPTIM = { ...RECIPE.optim, norms: { lrScale: 1, weightDecay: 0 } };

/**
 * Stops a run at the n-th check for a stop request, resumes it in another network, and compares with an uninterrupted
 * run; for n = 1, 2, … until the run finishes before.
 * @returns the places where it was stopped: epochs that were over and batches of the next one
 */
async function stopEverywhere(trial: TinyTrial, options: TinyOptions = {}): Promise<string[]> {
  const uninterrupted = await beginTiny(trial, options);
  assert.equal(uninterrupted.outcome, "finished");
  const places: string[] = [];
  for (let stopAt = 1; ; stopAt++) {
    const folder = emptyFolder();
    const stopped = await beginTiny(trial, { ...options, folder, stopAt });
    if (stopped.outcome === "finished") {
      assert.deepEqual(stopped, uninterrupted);
      return places;
    }
    const { progress } = new CheckpointFolder(folder).newest();
    places.push(`${progress.epochs.length}-${progress.pass?.batch ?? 0}`);
    assert.deepEqual(await resumeTiny(trial, { ...options, folder }), uninterrupted, `stopped at ${places.at(-1)}`);
  }
}

/** After each of a number of batches, during validation, and after every epoch but the last. */
function everywhere(batches: number, validations = 1): string[] {
  return [0, 1].flatMap((epoch) => [
    ...Array.from({ length: batches }, (_, batch) => `${epoch}-${batch + 1}`),
    ...Array.from({ length: validations }, () => `${epoch}-${batches}`),
    ...(epoch === 0 ? ["1-0"] : []),
  ]);
}

for (const [title, trial, places] of [
  ["float weights, a last batch that is an image larger", { values: null, images: 7 }, everywhere(3)],
  ["a hard search with noise", { values: VALUES, images: 6 }, everywhere(3)],
  [
    "a hard search without noise, whose steps draw ahead",
    { values: VALUES, images: 6, recipe: { firstNoiseScale: 0, initNoiseScale: 0 } },
    everywhere(3),
  ],
  ["a soft search", { values: VALUES, images: 4, soft: true }, everywhere(2)],
  ["a stage after the first of a progressive search", { values: null, stage: 1, images: 4 }, everywhere(2)],
  [
    "a last batch that is smaller, a step-wise learning rate",
    {
      values: VALUES,
      images: 10,
      recipe: { batchSize: 4, lrScheduler: "Step", lrStep: "batch", milestones: [2, 5] },
    },
    everywhere(3),
  ],
  [
    "AdamW, clipped gradients, running means, no decay of norms",
    { values: VALUES, images: 6, recipe: { optim: { ...OPTIM, name: "adamw", clipNorm: 0.1, ema: 0.9 } } },
    everywhere(3),
  ],
  [
    "Nesterov's momentum",
    { values: VALUES, images: 6, recipe: { optim: { ...OPTIM, nesterov: true } } },
    everywhere(3),
  ],
  [
    "two batches a step, and a last one of its own",
    { values: VALUES, images: 10, recipe: { optim: { ...OPTIM, accumulate: 2 } } },
    ["0-2", "0-4", "0-5", "0-5", "1-0", "1-2", "1-4", "1-5", "1-5"],
  ],
  ["validation of several batches", { values: null, images: 4, valImages: 501 }, everywhere(2, 2)],
] satisfies [string, TinyTrial, string[]][]) {
  test(`a run stopped anywhere and resumed is bit-exact: ${title}`, async () => {
    assert.deepEqual(await stopEverywhere(trial), places);
  });
}

test("so does one whose sums a device keeps, and one that ends its epochs early", async () => {
  const trial = { values: null, images: 9 };
  assert.deepEqual(
    await stopEverywhere(trial, { execution: { bf16On: null, sumsOn: "cpu" }, limitBatches: 2 }),
    everywhere(2),
  );
});

test("gradients of several batches are averaged: without batch statistics, as those of one batch", async () => {
  const steps = async (batchSize: number, accumulate: number) => {
    const recipe = { batchSize, epochs: 2, optim: { ...RECIPE.optim, accumulate } };
    const { tensors } = await beginTiny({ values: null, images: 8, recipe }, { change: withoutNorms });
    const bytes = Buffer.from(tensors.get("fc.weight") ?? "", "hex");
    return [...new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)];
  };
  const [whole, parts, single] = [await steps(4, 1), await steps(2, 2), await steps(2, 1)];
  assertNear(parts, whole, { relative: 1e-4, absolute: 1e-6 });
  assert.throws(() => assertNear(single, whole, { relative: 1e-4, absolute: 1e-6 }));
});

/** Evaluation's statistics in training too: each image by itself. */
function withoutNorms(network: Module): void {
  const { forward } = network;
  network.forward = (images) => forward.call(network, images, "eval");
}

test("a run without a better validation for as many epochs as it has patience for is over", async () => {
  const trial = { values: null, images: 4, recipe: { epochs: 6, initLr: 1e-30, weightDecay: 0 } };
  const { outcome, epochs } = await beginTiny(trial, { patience: 2 });
  assert.equal(outcome, "finished");
  // Batch statistics move a little: the best epoch is the first or one soon after.
  assert.ok(epochs.length >= 3 && epochs.length < 6, `${epochs.length} epochs`);
  assert.equal((await beginTiny(trial)).epochs.length, 6);
});

test("so does one with a teacher", async () => {
  const teacher = new TinyNetwork(null);
  assert.deepEqual(await stopEverywhere({ values: VALUES, images: 8 }, { teacher }), everywhere(4));
  const alone = await beginTiny({ values: VALUES, images: 8 });
  assert.notDeepEqual(alone.tensors, (await beginTiny({ values: VALUES, images: 8 }, { teacher })).tensors);
});

const MIX: BatchMix = {
  transforms: [
    { name: "MixUp", alpha: 0.4 },
    { name: "CutMix", alpha: 1 },
  ],
  offEpochs: 0,
};

test("so does one whose batches are mixed, with a teacher too", async () => {
  const trial = { values: VALUES, images: 8 };
  const mixed = await beginTiny(trial, { batch: MIX });
  assert.notDeepEqual(mixed.tensors, (await beginTiny(trial)).tensors);
  assert.deepEqual(await stopEverywhere(trial, { batch: MIX }), everywhere(4));
  const both = { teacher: new TinyNetwork(null), batch: MIX };
  assert.deepEqual(await stopEverywhere(trial, both), everywhere(4));
  assert.notDeepEqual((await beginTiny(trial, both)).tensors, mixed.tensors);
});

test("mixed batches are off in as many last epochs as the transforms say", async () => {
  const trial = { values: VALUES, images: 8 };
  const [plain, off, half] = [
    await beginTiny(trial),
    await beginTiny(trial, { batch: { ...MIX, offEpochs: 2 } }),
    await beginTiny(trial, { batch: { ...MIX, offEpochs: 1 } }),
  ];
  assert.deepEqual(off, plain);
  const mixed = await beginTiny(trial, { batch: MIX });
  assert.deepEqual(half.epochs[0], mixed.epochs[0]);
  assert.notDeepEqual(half.epochs[1], mixed.epochs[1]);
});

test("mixed batches train in bfloat16, and with the sums of a device as without", async () => {
  const trial = { values: VALUES, images: 6 };
  const measured = async (execution: Execution) => beginTiny(trial, { batch: MIX, execution });
  const plain = await measured({ bf16On: null, sumsOn: null });
  assert.deepEqual((await measured({ bf16On: null, sumsOn: "cpu" })).tensors, plain.tensors);
  assert.equal((await measured({ bf16On: "cpu", sumsOn: null })).outcome, "finished");
});

test("so does one stopped again and again", async () => {
  const trial = { values: VALUES, images: 8 };
  const folder = emptyFolder();
  let end = await beginTiny(trial, { folder, stopAt: 1 });
  let stops = 0;
  for (; end.outcome === "stopped"; stops++) end = await resumeTiny(trial, { folder, stopAt: 2 });
  assert.equal(stops, 6);
  assert.deepEqual(end, await beginTiny(trial));
});

test("images prepared by workers are bit-exact too", async () => {
  const size = { height: 32, width: 32 };
  const transforms: ImageTransforms = {
    file: "t.json",
    train: [
      { name: "RandomResizedCrop", size, scale: [0.3, 1], ratio: [0.75, 1.5], interpolation: "bilinear" },
      { name: "RandomHorizontalFlip", p: 0.5 },
      { name: "ToTensor" },
      { name: "Cutout", length: 6 },
    ],
    val: [{ name: "ToTensor" }],
  };
  const place = { workers: 2, onBadImage: null, memoryFormat: "contiguous_format", device: "cpu" } as const;
  const sources = openBatchSources(makeSynthetic({ seed: 3, trainCount: 7, valCount: 4 }), { transforms, ...place });
  try {
    assert.equal(sources.usesWorkers, true);
    assert.deepEqual(await stopEverywhere({ values: VALUES, images: 7 }, { source: sources.train }), everywhere(3));
  } finally {
    await sources.close();
  }
});

test("checkpoints after every step change nothing, and leave no tensors", async () => {
  const trial = { values: VALUES, images: 6 };
  const plain = await beginTiny(trial);
  const live = liveTensors();
  const folder = emptyFolder();
  assert.deepEqual(await beginTiny(trial, { folder, every: 1 }), plain);
  const perNetwork = liveTensors() - live;
  await resumeTiny(trial, { folder });
  assert.equal(liveTensors() - live, 2 * perNetwork);
});

test("an epoch records the statistics of each searched layer, none for a float network", async () => {
  const { epochs } = await beginTiny({ values: VALUES, images: 6 });
  const health = epochs.map((epoch) => ("health" in epoch ? (epoch.health as LayerStatistics[]) : assert.fail()));
  for (const layers of health) {
    assert.deepEqual(
      layers.map(({ layer, weights }) => [layer, weights]),
      [
        ["conv0", 4 * 3 * 16],
        ["conv1", 6 * 4 * 16],
      ],
    );
    for (const { entropy, changed, histogram } of layers) {
      // Of a search that has just begun not much is decided, and something has changed.
      assert.ok(entropy > 0.5 && entropy < 1 && changed > 0 && changed < 1);
      assert.ok(Math.abs(histogram.reduce((sum, share) => sum + share) - 1) < 1e-4);
    }
  }
  assert.notDeepEqual(health[0], health[1]);
  const float = await beginTiny({ values: null, images: 6 });
  assert.deepEqual(
    float.epochs.map((epoch) => "health" in epoch && epoch.health),
    [undefined, undefined],
  );
});

test("changes are counted from the end of the epoch before, though the run was stopped in between", async () => {
  const trial = { values: VALUES, images: 6, recipe: { initLr: 0 } };
  const folder = emptyFolder();
  // Without steps nothing changes; what the logits start from is stale in a new network.
  await beginTiny(trial, { folder, stopAt: 2 });
  const { epochs } = await resumeTiny(trial, { folder });
  const changes = epochs.flatMap((epoch) => ("health" in epoch ? (epoch.health as LayerStatistics[]) : []));
  assert.deepEqual(
    changes.map(({ changed }) => changed),
    [0, 0, 0, 0],
  );
});

test("a finished run does not train again", async () => {
  const trial = { values: null, images: 4 };
  const folder = emptyFolder();
  const end = await beginTiny(trial, { folder });
  assert.deepEqual(await resumeTiny(trial, { folder }), end);
});

test("progress that is none of this recipe and data is refused", async () => {
  const trial = { values: null, images: 4 };
  const folder = emptyFolder();
  await beginTiny(trial, { folder, stopAt: 2 });
  await assert.rejects(resumeTiny({ ...trial, images: 2 }, { folder }), {
    name: "InputError",
    message: "the run's progress: expected at most 1 batches an epoch, as of this data, found 2",
  });
  const over = emptyFolder();
  await beginTiny(trial, { folder: over });
  await assert.rejects(resumeTiny({ ...trial, recipe: { epochs: 1 } }, { folder: over }), {
    name: "InputError",
    message: "the run's progress: expected at most 1 epochs, as in its training config, found 2",
  });
});

test("a network that is no longer finite after the last step ends the run without checkpoints too", async () => {
  const logits = { lrScale: 1e300, lrUnit: "plain" as const, weightDecay: 0, momentum: 0 };
  const trial = { values: [-1, 1], images: 2, recipe: { epochs: 1, optim: { ...RECIPE.optim, logits } } };
  await assert.rejects(beginTiny(trial), { name: "DivergedError", message: /is no longer finite/ });
});

test("without checkpoints a run stops all the same", async () => {
  const trial = { values: null, images: 4 };
  assert.equal((await beginTiny(trial, { stopAt: 1 })).outcome, "stopped");
  // Left out from the start: nothing else begins elsewhere.
  const { epochs } = await beginTiny(trial, { start: { ...BEGINNING, leftOut: [{ epoch: 1, batch: 0 }] } });
  assert.deepEqual(
    epochs.map((epoch) => "skippedSteps" in epoch && epoch.skippedSteps),
    [0, 1],
  );
});
