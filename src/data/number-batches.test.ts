import assert from "node:assert/strict";
import { test } from "node:test";
import { scope } from "../tensor/tensor.js";
import { openBatchSources } from "./batch-sources.js";
import type { ImageDataset } from "./dataset.js";
import { fingerprint } from "./fingerprint.js";
import { holdOut } from "./val-split.js";

const options = {
  transforms: null,
  workers: 1,
  onBadImage: null,
  memoryFormat: "contiguous_format",
  device: "cpu",
} as const;

/** Two features of each sample: i and 10 · i. */
function table(count: number): ImageDataset {
  const images = new Float32Array(2 * count).map((_, index) => (index % 2 === 0 ? 1 : 10) * Math.floor(index / 2));
  const labels = Int32Array.from({ length: count }, (_, index) => index % 2);
  const part = { count, images, labels };
  return {
    ...{ kind: "memory", name: "table", classNames: ["even", "odd"], channels: 2, height: 1, width: 1 },
    ...{ mean: [1, 10], std: [2, 5], cropPadding: 0, flip: false, train: part, val: part },
  };
}

test("numbers are normalized by channel and taken by position", async () => {
  const { train } = openBatchSources(table(4), options);
  assert.deepEqual([train.channels, train.height, train.width], [2, 1, 1]);
  const batch = await train.open([Int32Array.of(3, 1)], { seed: 1, epoch: 1 }).next();
  scope(() => {
    const { images, labels } = batch?.tensors() ?? assert.fail("no batch");
    assert.deepEqual(images.shape, [2, 2, 1, 1]);
    assert.deepEqual(images.toArray(), [1, 4, 0, 0]);
    assert.deepEqual(labels.toArray().map(Number), [1, 1]);
  });
});

test("numbers can be held out, and differ from other numbers", () => {
  const held = holdOut(table(10), 3);
  assert.ok(held.kind === "memory" && held.val.images instanceof Float32Array);
  assert.deepEqual([held.train.count, held.val.count, held.val.images.length], [7, 3, 6]);
  assert.notEqual(fingerprint(table(10)), fingerprint({ ...table(10), classNames: ["a", "b"] }));
  const other = table(10);
  other.train.images[5] = 0.25;
  assert.notEqual(fingerprint(table(10)), fingerprint(other));
});

test("transforms are for images: an error for numbers, and for images of two channels", () => {
  const transforms = { file: "own.json", train: [], val: [] };
  assert.throws(() => openBatchSources(table(4), { ...options, transforms }), {
    name: "InputError",
    message: "own.json: expected images of bytes, found data set table, which has numbers; transforms are for images",
  });
  const part = { count: 1, images: new Uint8Array(2), labels: new Int32Array(1) };
  assert.throws(() => openBatchSources({ ...table(1), train: part, val: part }, { ...options, transforms }), {
    name: "InputError",
    message: "own.json: expected images of 1 or 3 channels, found data set table of 2",
  });
});
