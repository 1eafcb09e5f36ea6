// State batch normalization: the statistics of soft weights and of hard ones apart.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { assertNear } from "../../tests/support/near.js";
import { beginTiny, resumeTiny, TinyNetwork, type TinyTrial } from "../../tests/support/tiny-training.js";
import { BatchNorm2d, keepSoftStatistics } from "../nn/batch-norm.js";
import { quantizedState, trainingState } from "../nn/state-dict.js";
import { addInPlace } from "../tensor/arithmetic.js";
import { noGrad } from "../tensor/autograd.js";
import { tensor } from "../tensor/create.js";
import { scope } from "../tensor/tensor.js";
import { BufferCopy } from "./divergence.js";

const folder = mkdtempSync(join(tmpdir(), "state-bn-"));
after(() => rmSync(folder, { recursive: true }));

const SOFT = ["soft_running_mean", "soft_running_var"];

test("a normalization moves its soft statistics in training, those of evaluation when it observes", () => {
  const norm = new BatchNorm2d(1);
  norm.keepSoftStatistics();
  const numbers = () =>
    [...norm.namedBuffers(), ...norm.namedTrainingBuffers()].map(([name, x]): [string, number] => [name, x.item()]);
  // Mean 2, unbiased variance 2.
  const images = tensor([1, 3], [2, 1, 1, 1]);
  noGrad(() => assertNear(norm.forward(images, "train").toArray(), [-1, 1], { absolute: 1e-4 }));
  const near = (expected: readonly number[]) => {
    assert.deepEqual(
      numbers().map(([name]) => name),
      ["running_mean", "running_var", "num_batches_tracked", ...SOFT],
    );
    assertNear(
      numbers().map(([, value]) => value),
      expected,
      { absolute: 1e-6 },
    );
  };
  near([0, 1, 0, 0.2, 1.1]);
  noGrad(() => assertNear(norm.forward(images, "eval").toArray(), [1, 3], { absolute: 1e-4 }));
  noGrad(() => assertNear(norm.forwardRelu(images, "observe").toArray(), [0, 1], { absolute: 1e-4 }));
  near([0.2, 1.1, 1, 0.2, 1.1]);
  norm.resetStatistics();
  near([0, 1, 0, 0.2, 1.1]);
});

test("the soft statistics are part of the training state, but not of the quantized model", () => {
  scope(() => {
    const network = new TinyNetwork([-1, 1]);
    const names = [...quantizedState(network).keys()];
    keepSoftStatistics(network);
    assert.deepEqual([...quantizedState(network).keys()], names);
    const more = ["bn0", "bn1"].flatMap((norm) => SOFT.map((name) => `${norm}.${name}`));
    assert.ok(more.every((name) => trainingState(network).has(name)));
  });
});

const TRIAL: TinyTrial = {
  ...{ values: [-1, -0.5, 0.5, 1], soft: true, stateBn: true, images: 6 },
  recipe: { batchSize: 2, firstNoiseScale: 0, initNoiseScale: 0 },
};

test("what trains is as without; the soft statistics are the only ones of a run without", async () => {
  const state = await beginTiny(TRIAL);
  const plain = await beginTiny({ ...TRIAL, stateBn: false });
  for (const [name, bytes] of plain.tensors) {
    const isRunning = name.includes("running_");
    if (isRunning) assert.notEqual(state.tensors.get(name), bytes, name);
    assert.equal(state.tensors.get(isRunning ? name.replace("running_", "soft_running_") : name), bytes, name);
  }
  assert.equal(state.tensors.size, plain.tensors.size + 4);
  const without = state.epochs.map((epoch) => ({ ...epoch, val: 0 }));
  assert.deepEqual(
    without,
    plain.epochs.map((epoch) => ({ ...epoch, val: 0 })),
  );
  assert.notDeepEqual(state.epochs, plain.epochs);
});

test("the hard statistics are those of a hard forward pass: of the first step, a hard run's", async () => {
  const one = { ...TRIAL, images: 2, recipe: { ...TRIAL.recipe, epochs: 1 } };
  const [state, hard] = [await beginTiny(one), await beginTiny({ ...one, soft: false, stateBn: false })];
  for (const norm of ["bn0", "bn1"]) {
    for (const name of ["running_mean", "running_var", "num_batches_tracked"]) {
      assert.equal(state.tensors.get(`${norm}.${name}`), hard.tensors.get(`${norm}.${name}`), `${norm}.${name}`);
    }
  }
});

test("once weights are hard, their statistics move as in a run without, and the soft ones stay", async () => {
  const { soft: _, ...rest } = TRIAL;
  const trial = (softEpochs: number, epochs: number): TinyTrial => ({
    ...rest,
    recipe: { ...TRIAL.recipe, softEpochs, epochs, lrScheduler: "Step", milestones: [9], temperatureAnnealRate: 1 },
  });
  const plain = await beginTiny({ ...trial(1, 2), stateBn: false });
  const [first, both] = [await beginTiny(trial(1, 1)), await beginTiny(trial(1, 2))];
  for (const [name, bytes] of both.tensors) {
    if (SOFT.some((buffer) => name.endsWith(buffer))) assert.equal(bytes, first.tensors.get(name), name);
    else if (name.includes("running_")) assert.notEqual(bytes, first.tensors.get(name), name);
    else assert.equal(bytes, plain.tensors.get(name), name);
  }
  // From no soft epoch on it is a run without.
  const [hard, without] = [await beginTiny(trial(0, 2)), await beginTiny({ ...trial(0, 2), stateBn: false })];
  for (const [name, bytes] of without.tensors) assert.equal(hard.tensors.get(name), bytes, name);
  assert.deepEqual(hard.epochs, without.epochs);
});

test("stopped anywhere, resuming is bit-exact, with a calibration too", async () => {
  const options = { bnCalibration: 1 };
  const uninterrupted = await beginTiny(TRIAL, options);
  for (const stopAt of [1, 3, 4, 6, 8]) {
    const path = join(folder, String(stopAt));
    assert.equal((await beginTiny(TRIAL, { ...options, folder: path, stopAt })).outcome, "stopped");
    assert.deepEqual(await resumeTiny(TRIAL, { ...options, folder: path }), uninterrupted, `stop ${stopAt}`);
  }
});

test("a step that is not taken puts back both", () => {
  const network = new TinyNetwork(null);
  keepSoftStatistics(network);
  const all = () => [...network.namedBuffers(), ...network.namedTrainingBuffers()];
  const numbers = () => all().map(([name, x]) => [name, x.toArray()]);
  const copy = new BufferCopy(network);
  copy.take();
  const before = numbers();
  noGrad(() => {
    for (const [, buffer] of all()) addInPlace(buffer, 7);
  });
  copy.restore();
  copy.release();
  assert.deepEqual(numbers(), before);
});
