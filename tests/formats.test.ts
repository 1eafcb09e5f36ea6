// Files that older programs wrote stay readable: a small run of each version of the run directory, and a checkpoint of
// each of its own.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { readModelFile } from "../src/nn/files/read-model.js";
import { Sgd } from "../src/optim/sgd.js";
import { CHECKPOINT_VERSION } from "../src/run/checkpoint-file.js";
import { CheckpointFolder } from "../src/run/checkpoint-folder.js";
import { RUN_FORMAT_VERSION, readRunConfig } from "../src/run/config.js";
import { modelFileOf } from "../src/run/model-file.js";
import { readRun } from "../src/run/read-run.js";
import { readRecord } from "../src/run/record.js";
import { scope } from "../src/tensor/tensor.js";
import { restoreTensors } from "../src/train/checkpoint.js";
import { ROOT } from "./support/command.js";
import { TinyNetwork, tinyStep } from "./support/tiny-network.js";

const FIXTURES = join(ROOT, "tests", "fixtures");
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

for (const version of upTo(RUN_FORMAT_VERSION)) {
  const directory = join(FIXTURES, "runs", `format-${version}`);
  test(`a run of format ${version} is read`, () => {
    const { config, epochs, modelBytes } = readRun(directory);
    assert.equal(config?.formatVersion, version);
    assert.deepEqual(
      [config.arch, config.dataset, config.search?.values, config.epochs],
      [...["resnet20", "synthetic"], [-1, 1], 2],
    );
    assert.deepEqual(
      epochs.map(({ epoch, train }) => [epoch, train.loss.toFixed(2)]),
      [
        [1, "4.95"],
        [2, "3.98"],
      ],
    );
    assert.ok(modelBytes !== null && modelBytes > 60_000);
    scope(() => {
      const { tensors, metadata } = readModelFile(modelFileOf(directory, "model"));
      assert.equal(metadata["arch"], "resnet20");
      const weight = tensors.get("layer1.0.conv1.weight");
      assert.deepEqual(weight?.shape, [16, 16, 3, 3]);
      assert.ok(weight.toArray().every((value) => value === -1 || value === 1));
    });
  });
}

test("a run of format 1 had no checkpoints: an error, instead of restarting it from the beginning", () => {
  const path = join(FIXTURES, "runs", "format-1", "config.json");
  assert.throws(() => readRecord(readRunConfig(path), path), {
    name: "InputError",
    message: `${path}: expected a run with checkpoints, found one of format version 1, which has none; start a new run from its model instead`,
  });
});

for (const version of [2, 3, 4, 5, 6]) {
  test(`the settings of a run of format ${version} are read completely`, () => {
    const path = join(FIXTURES, "runs", `format-${version}`, "config.json");
    const { settings, device, laterStages, data, processes } = readRecord(readRunConfig(path), path);
    const { recipe, search, onNan, checkpointMinutes, limitBatches, threads, syncBn } = settings;
    assert.deepEqual([recipe.initLr, recipe.epochs, search?.values], [0.03, 2, [-1, 1]]);
    assert.deepEqual([onNan, checkpointMinutes, limitBatches, threads], ["stop", 10, 3, 1]);
    assert.deepEqual([device, laterStages, data.train, data.classes], ["cpu", 0, 10_000, 10]);
    assert.deepEqual([syncBn, processes], [false, 1]);
  });
}

for (const version of upTo(CHECKPOINT_VERSION)) {
  test(`a checkpoint of version ${version} is resumed`, () => {
    const folder = join(FIXTURES, "run-checkpoints", `version-${version}`);
    const { progress, tensors, damaged, path } = new CheckpointFolder(folder).newest();
    assert.deepEqual(damaged, []);
    assert.deepEqual(
      [progress.epochs.length, progress.pass?.batch, progress.leftOut],
      [1, 2, [{ epoch: 0, batch: 1 }]],
    );
    assert.ok(Number.isNaN(progress.epochs[0]?.val.loss));

    const network = new TinyNetwork();
    const parameters = [...network.namedParameters()].map(([, parameter]) => parameter);
    const searched = [...network.namedSearchedWeights()].map(([, weight]) => weight);
    const trained = { network, optimizer: new Sgd(parameters, searched, { momentum: 0.9, weightDecay: 1e-4 }) };
    restoreTensors(trained, tensors, path);
    // What the program that wrote it went on with; other processors round otherwise.
    for (const [step, loss] of [0.97144419, 1.64961386].entries()) {
      assert.ok(Math.abs(tinyStep(trained, 5 + step) - loss) < 1e-4, `step ${5 + step}`);
    }
  });
}
