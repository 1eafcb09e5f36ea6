import assert from "node:assert/strict";
import { test } from "node:test";
import { loadTransforms } from "../src/config/transform.js";
import { openBatchSources } from "../src/data/batch-sources.js";
import { cifar10 } from "../src/data/cifar10.js";
import type { ImageDataset } from "../src/data/dataset.js";
import { makeSynthetic } from "../src/data/synthetic.js";
import { takeBatches } from "./support/take-batches.js";

/** Images of CIFAR-10's size, to be prepared as CIFAR-10 is. */
const dataset: ImageDataset = {
  ...makeSynthetic({ seed: 1, trainCount: 40, valCount: 5 }),
  mean: cifar10.mean,
  std: cifar10.std,
  cropPadding: 4,
  flip: true,
};

test("json/transform/cifar10.json is what CIFAR-10 does by itself, bit by bit", async () => {
  const [own, named] = [null, loadTransforms("cifar10", assert.fail)].map((transforms) =>
    openBatchSources(dataset, {
      transforms,
      workers: 1,
      onBadImage: null,
      memoryFormat: "contiguous_format",
      device: "cpu",
    }),
  );
  assert.ok(own && named);
  const augmentation = { seed: 7, epoch: 2 };
  assert.deepEqual(await takeBatches(named.train, 16, augmentation), await takeBatches(own.train, 16, augmentation));
  assert.deepEqual(await takeBatches(named.val, 4), await takeBatches(own.val, 4));
});
