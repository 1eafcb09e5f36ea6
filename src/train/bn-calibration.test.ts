import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { assertNear } from "../../tests/support/near.js";
import { beginTiny, resumeTiny, TinyNetwork, type TinyTrial, tinySources } from "../../tests/support/tiny-training.js";
import { type BatchSource, batchesOf } from "../data/batch-source.js";
import { epochPermutation } from "../data/shuffle.js";
import { ALONE } from "../distributed/group.js";
import { relu } from "../tensor/activation.js";
import { noGrad } from "../tensor/autograd.js";
import { conv2d } from "../tensor/convolution.js";
import { ones, zeros } from "../tensor/create.js";
import { batchNorm } from "../tensor/normalization.js";
import { manualSeed } from "../tensor/runtime.js";
import { scope, type Tensor } from "../tensor/tensor.js";
import { type CalibratedRun, calibrateBatchNorms } from "./bn-calibration.js";
import { NO_CHECKPOINTS } from "./checkpoint.js";
import { EpochBatches } from "./epoch-batches.js";
import { STEP_BY_STEP } from "./execution.js";
import { Ranks } from "./ranks.js";

const folder = mkdtempSync(join(tmpdir(), "bn-calibration-"));
after(() => rmSync(folder, { recursive: true }));

const VALUES = [-1, -0.5, 0.5, 1];
const PLACE = { seed: 11, epoch: 3 };

/** Mean and unbiased variance of each channel of `[N, C, H, W]`, in double precision. */
function statisticsOf(x: Tensor): { mean: number[]; variance: number[] } {
  const [images = 0, channels = 0, height = 0, width = 0] = x.shape;
  const values = x.toArray();
  const area = height * width;
  const count = images * area;
  const ofChannel = (channel: number) => values.filter((_, index) => Math.floor(index / area) % channels === channel);
  const each = Array.from({ length: channels }, (_, channel) => ofChannel(channel));
  const mean = each.map((numbers) => numbers.reduce((sum, value) => sum + value, 0) / count);
  const variance = each.map(
    (numbers, c) => numbers.reduce((sum, value) => sum + (value - (mean[c] ?? 0)) ** 2, 0) / (count - 1),
  );
  return { mean, variance };
}

const meanOver = (lists: readonly (readonly number[])[]) =>
  lists[0]?.map((_, index) => lists.reduce((sum, list) => sum + (list[index] ?? 0), 0) / lists.length) ?? [];

/** A network's tensors by name, as they are now. */
function stateOf(network: TinyNetwork): Map<string, readonly number[]> {
  const logits = [...network.namedSearchedWeights()].map(([layer, weight]) => [layer, weight.logits] as const);
  return new Map(
    [...network.namedParameters(), ...network.namedBuffers(), ...logits].map(([name, x]) => [name, x.toArray()]),
  );
}

/** A run of one process with batches of four images, which nobody stops. */
function runOf(network: TinyNetwork, source: BatchSource, seed: number, limitBatches: number | null): CalibratedRun {
  const ranks = new Ranks(ALONE, network, { syncBn: false, stop: { isRequested: false }, checkpoints: NO_CHECKPOINTS });
  const batches = new EpochBatches({ source, batchSize: 4, seed, limitBatches, ranks });
  return { network, batches, execution: STEP_BY_STEP, ranks };
}

for (const values of [null, VALUES]) {
  test(`the statistics are the means over batches, composed of plain operators: ${values ?? "float"}`, async () => {
    manualSeed(2);
    const network = new TinyNetwork(values);
    const source = tinySources({ values, images: 22 }).train;
    const before = stateOf(network);
    // As training leaves them: other weights than those evaluated.
    for (const [, weight] of network.namedSearchedWeights()) {
      weight.draw({ temperature: 1, noiseScale: 1, seed: 5n, step: 0, hard: false });
    }
    assert.equal(await calibrateBatchNorms(runOf(network, source, PLACE.seed, null), PLACE.epoch, 3), true);
    const state = stateOf(network);

    const hard = new Map(
      [...network.namedSearchedWeights()].map(([layer, { logits }]) => {
        const all = logits.toArray();
        const found = Array.from({ length: all.length / VALUES.length }, (_, index) => {
          const own = all.slice(index * VALUES.length, (index + 1) * VALUES.length);
          return VALUES[own.indexOf(Math.max(...own))] ?? 0;
        });
        return [`${layer}.weight`, found];
      }),
    );
    const leaves = new Map(network.namedLeaves());
    const weightOf = (name: string): Tensor => {
      const leaf = leaves.get(name);
      assert.ok(leaf);
      const expected = hard.get(name);
      if (expected !== undefined) assert.deepEqual(leaf.toArray(), expected);
      return leaf;
    };
    const found: { mean: number[]; variance: number[] }[][] = [[], []];
    const order = epochPermutation(source.count, PLACE.seed, PLACE.epoch);
    const stream = source.open([...batchesOf(order, 4)].slice(0, 3), PLACE);
    for (let prepared = await stream.next(); prepared !== null; prepared = await stream.next()) {
      scope(() =>
        noGrad(() => {
          let x = prepared?.tensors().images ?? zeros([]);
          for (const [layer, statistics] of found.entries()) {
            const features = conv2d(x, weightOf(`conv${layer}.weight`), null, { stride: 4 });
            statistics.push(statisticsOf(features));
            const channels = features.shape[1] ?? 0;
            const [weight, runningVar] = [ones([channels]), ones([channels])];
            const [bias, runningMean] = [zeros([channels]), zeros([channels])];
            x = relu(batchNorm(features, { weight, bias, runningMean, runningVar }, true));
          }
        }),
      );
    }
    for (const [layer, statistics] of found.entries()) {
      assert.equal(statistics.length, 3);
      const name = `bn${layer}`;
      const tolerance = { absolute: 2e-4, relative: 1e-4 };
      assertNear(state.get(`${name}.running_mean`) ?? [], meanOver(statistics.map(({ mean }) => mean)), tolerance);
      assertNear(
        state.get(`${name}.running_var`) ?? [],
        meanOver(statistics.map(({ variance }) => variance)),
        tolerance,
      );
      assert.deepEqual(state.get(`${name}.num_batches_tracked`), [3]);
    }
    const isCalibrated = (name: string) => /running|tracked/.test(name);
    for (const [name, numbers] of before) {
      if (!isCalibrated(name)) assert.deepEqual(state.get(name), numbers, name);
    }
  });
}

test("an epoch has no more batches than it has", async () => {
  const network = new TinyNetwork(null);
  const source = tinySources({ values: null, images: 22 }).train;
  for (const [limitBatches, tracked] of [
    [null, 6],
    [2, 2],
  ] as const) {
    await calibrateBatchNorms(runOf(network, source, 1, limitBatches), 0, 1000);
    assert.deepEqual(stateOf(network).get("bn0.num_batches_tracked"), [tracked]);
  }
});

const TRIAL: TinyTrial = { values: VALUES, soft: true, images: 6, recipe: { batchSize: 2 } };

test("training goes its way: all but running statistics and what validation measures is as without", async () => {
  const [plain, calibrated] = [await beginTiny(TRIAL), await beginTiny(TRIAL, { bnCalibration: 2 })];
  const differing = [...plain.tensors].filter(([name, bytes]) => calibrated.tensors.get(name) !== bytes);
  assert.deepEqual(
    differing.map(([name]) => name),
    ["bn0", "bn1"].flatMap((norm) =>
      ["running_mean", "running_var", "num_batches_tracked"].map((name) => `${norm}.${name}`),
    ),
  );
  assert.notDeepEqual(calibrated.epochs, plain.epochs);
});

test("stopped anywhere, in the calibration too, resuming is bit-exact", async () => {
  const uninterrupted = await beginTiny(TRIAL, { bnCalibration: 3 });
  let stops = 0;
  for (let stopAt = 1; ; stopAt++) {
    const path = join(folder, String(stopAt));
    const { outcome } = await beginTiny(TRIAL, { bnCalibration: 3, folder: path, stopAt });
    if (outcome === "finished") break;
    stops++;
    assert.deepEqual(await resumeTiny(TRIAL, { bnCalibration: 3, folder: path }), uninterrupted, `stop ${stopAt}`);
  }
  // Of each epoch after three steps, twice between three batches of the calibration, and after the one of validation;
  // between epochs.
  assert.equal(stops, 2 * (3 + 2 + 1) + 1);
});
