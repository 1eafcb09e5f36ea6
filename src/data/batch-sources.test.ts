import assert from "node:assert/strict";
import { test } from "node:test";
import { type TakenEpoch, takeBatches } from "../../tests/support/take-batches.js";
import { addon } from "../tensor/addon.js";
import { scope } from "../tensor/tensor.js";
import { type BatchSources, type BatchSourcesOptions, openBatchSources } from "./batch-sources.js";
import type { ImageTransform, ImageTransforms } from "./images/transforms/transform.js";
import { epochPermutation } from "./shuffle.js";
import { makeSynthetic } from "./synthetic.js";

const COUNT = 20;
const dataset = makeSynthetic({ seed: 0, trainCount: COUNT, valCount: 7 });
const { mean, std } = dataset as unknown as { mean: [number, number, number]; std: [number, number, number] };

const toTensor: ImageTransform = { name: "ToTensor" };
const normalize: ImageTransform = { name: "Normalize", mean, std };
const cutout: ImageTransform = { name: "Cutout", length: 8 };
const flip = (p: number): ImageTransform => ({ name: "RandomHorizontalFlip", p });
const crop: ImageTransform = {
  name: "RandomCrop",
  size: { height: 32, width: 32 },
  padding: { left: 2, top: 2, right: 2, bottom: 2 },
  padIfNeeded: false,
  fill: [0, 0, 0],
  paddingMode: "constant",
};
const list = (...train: ImageTransform[]): ImageTransforms => ({ file: "t.json", train, val: [toTensor, normalize] });

/** Opens the data set, hands it over, and ends its threads. */
async function withSources<Result>(
  options: Partial<BatchSourcesOptions>,
  use: (sources: BatchSources) => Promise<Result>,
): Promise<Result> {
  const place = { memoryFormat: "contiguous_format", device: "cpu", onBadImage: null } as const;
  const sources = openBatchSources(dataset, { transforms: null, workers: 1, ...place, ...options });
  try {
    return await use(sources);
  } finally {
    await sources.close();
  }
}

/** The images of a pass as another order would have given them. */
function inOrder({ images }: TakenEpoch, order: Int32Array): unknown[] {
  return Array.from(order, (position) => images[position]);
}

const augmentation = { seed: 3, epoch: 5 };

test("transforms that are the data set's own preparation give its batches, bit by bit", async () => {
  const own = await withSources({}, ({ train }) => takeBatches(train, 6, augmentation));
  const same = await withSources({ transforms: list(crop, flip(0.5), toTensor, normalize) }, ({ train }) =>
    takeBatches(train, 6, augmentation),
  );
  assert.deepEqual(same, own);
  assert.deepEqual(
    own.batches.map(({ count }) => count),
    [6, 6, 6, 2],
  );
  assert.deepEqual(
    own.images.map(({ label }) => label),
    [...dataset.train.labels],
  );
});

test("an image in memory is changed by seed, epoch and position alone", async () => {
  await withSources({}, async ({ train }) => {
    const straight = await takeBatches(train, 20, augmentation);
    const order = epochPermutation(COUNT, 1, 0);
    const shuffled = await takeBatches(train, 7, augmentation, order);
    assert.deepEqual(shuffled.images, inOrder(straight, order));
    assert.notDeepEqual(await takeBatches(train, 20, { ...augmentation, seed: 4 }), straight);
    assert.notDeepEqual(await takeBatches(train, 20, { ...augmentation, epoch: 6 }), straight);
  });
});

const THROUGH_WORKERS: readonly [title: string, transforms: ImageTransforms][] = [
  ["a cutout", list(crop, flip(0.5), toTensor, normalize, cutout)],
  ["a flip of another probability", list(flip(0.25), toTensor, normalize)],
];
for (const [title, transforms] of THROUGH_WORKERS) {
  test(`${title}: the same images for any batch size, order and number of workers`, async () => {
    const one = await withSources({ transforms }, async ({ train }) => {
      const straight = await takeBatches(train, 20, augmentation);
      assert.notDeepEqual(await takeBatches(train, 20, { ...augmentation, seed: 4 }), straight);
      assert.notDeepEqual(await takeBatches(train, 20, { ...augmentation, epoch: 6 }), straight);
      return straight;
    });
    await withSources({ transforms, workers: 3, memoryFormat: "channels_last" }, async ({ train }) => {
      const order = epochPermutation(COUNT, 1, 0);
      const shuffled = await takeBatches(train, 3, augmentation, order);
      assert.deepEqual(shuffled.images, inOrder(one, order));
    });
  });
}

test("workers give the images of the native pass, bit by bit, where nothing is drawn", async () => {
  const native = await withSources({}, ({ val }) => takeBatches(val, 3));
  const worked = await withSources({ transforms: list(flip(0), toTensor, normalize) }, async ({ train, val }) => {
    const plain = await withSources({}, (sources) => takeBatches(sources.train, 8));
    assert.deepEqual(await takeBatches(train, 8, augmentation), plain);
    return takeBatches(val, 3);
  });
  assert.deepEqual(worked, native);
});

test("a cutout is zero after the normalization, in every channel, and nothing else is", async () => {
  const transforms = list(toTensor, normalize, cutout);
  const plain = await withSources({}, ({ train }) => takeBatches(train, 20));
  const cut = await withSources({ transforms }, ({ train }) => takeBatches(train, 20, augmentation));
  const places = cut.images.map(({ pixels }, image) => {
    const differs = pixels.map((value, index) => value !== plain.images[image]?.pixels[index]);
    assert.ok(pixels.every((value, index) => (differs[index] ? value === 0 : true)));
    const rows = differs.flatMap((isCut, index) => (isCut ? [Math.floor((index % 1024) / 32)] : []));
    const count = differs.filter(Boolean).length;
    assert.ok(count > 3 * 15 && count <= 3 * 64, `${count}`);
    return Math.min(...rows);
  });
  assert.ok(new Set(places).size > 3);
});

test("what RandomErasing writes before Normalize is normalized, after it is not", async () => {
  const erasing = {
    ...{ name: "RandomErasing", p: 1, scale: [0.2, 0.2], ratio: [1, 1], value: [3, 2, -1] },
  } as const satisfies ImageTransform;
  const plain = await withSources({}, ({ train }) => takeBatches(train, 20));
  for (const transforms of [list(toTensor, erasing, normalize), list(toTensor, normalize, erasing)]) {
    const isLast = transforms.train.at(-1) === erasing;
    const written = erasing.value.map((value, channel) =>
      Math.fround(isLast ? value : (value - (mean[channel] ?? 0)) / (std[channel] ?? 1)),
    );
    const erased = await withSources({ transforms }, ({ train }) => takeBatches(train, 20, augmentation));
    for (const [image, { pixels }] of erased.images.entries()) {
      const changed = [...pixels.entries()].filter(([at, value]) => value !== plain.images[image]?.pixels[at]);
      // A square of 14 × 14 pixels: √(0.2 · 32 · 32) = 14.3.
      assert.ok(changed.length > 3 * 180 && changed.length <= 3 * 196, `${changed.length}`);
      assert.ok(changed.every(([at, value]) => value === written[Math.floor(at / 1024)]));
    }
  }
});

test("batches have the requested memory format", async () => {
  for (const transforms of [null, list(toTensor, normalize, cutout)]) {
    for (const memoryFormat of ["contiguous_format", "channels_last"] as const) {
      await withSources({ transforms, memoryFormat }, async ({ train }) => {
        const batch = await train.open([new Int32Array([1, 2])], augmentation).next();
        scope(() => {
          const images = batch?.tensors().images;
          assert.ok(images);
          assert.deepEqual(images.shape, [2, 3, 32, 32]);
          assert.equal(addon().isContiguous(images.handle, true), memoryFormat === "channels_last");
          assert.equal(addon().isContiguous(images.handle, false), memoryFormat === "contiguous_format");
        });
      });
    }
  }
});

test("images in files without transforms are an error", () => {
  const files = { count: 0, labels: new Int32Array(0), path: () => "" };
  const folder = { kind: "files", name: "folder", classNames: ["a", "b"], train: files, val: files } as const;
  const options = { transforms: null, workers: 1, onBadImage: null, memoryFormat: "channels_last", device: "cpu" };
  assert.throws(() => openBatchSources(folder, options as BatchSourcesOptions), {
    name: "InputError",
    message: /folder/,
  });
});

test("transforms that leave images of several sizes name their file and part, before any thread starts", () => {
  const files = { count: 0, labels: new Int32Array(0), path: () => "" };
  const folder = { kind: "files", name: "folder", classNames: ["a", "b"], train: files, val: files } as const;
  const options = { transforms: list(crop, toTensor), workers: 1, onBadImage: null, device: "cpu" };
  assert.throws(() => openBatchSources(folder, { ...options, memoryFormat: "channels_last" }), {
    name: "InputError",
    message: /^t\.json: val: expected samples of one size, found ToTensor, Normalize/,
  });
});
