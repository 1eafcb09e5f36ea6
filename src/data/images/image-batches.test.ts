import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import sharp from "sharp";
import { takeBatches } from "../../../tests/support/take-batches.js";
import { batchesOf } from "../batch-source.js";
import { type BatchSources, openBatchSources } from "../batch-sources.js";
import { loadImageFolder } from "../image-folder.js";
import { epochPermutation } from "../shuffle.js";
import type { ImageTransform, ImageTransforms } from "./transforms/transform.js";

const SIDE = 8;
const CLASSES = ["ant", "bee", "cow"];
const PER_CLASS = 4;

const size = { height: SIDE, width: SIDE };
const transforms: ImageTransforms = {
  file: "t.json",
  train: [
    {
      name: "RandomCrop",
      size,
      padding: { left: 0, top: 0, right: 0, bottom: 0 },
      padIfNeeded: false,
      fill: [0, 0, 0],
      paddingMode: "constant",
    } satisfies ImageTransform,
    { name: "ToTensor" },
  ],
  val: [{ name: "CenterCrop", size }, { name: "ToTensor" }],
};

const root = mkdtempSync(join(tmpdir(), "image-batches-"));
const good = join(root, "good");
let trees = 0;

/** The grey of training image `index`. */
const greyOf = (index: number) => 20 + 17 * index;

/** Images of one grey each, of several sizes, alternately PNG and JPEG. */
before(async () => {
  for (let index = 0; index < CLASSES.length * PER_CLASS; index++) {
    const name = CLASSES[Math.floor(index / PER_CLASS)] ?? "";
    const grey = greyOf(index);
    const image = sharp({
      create: { width: SIDE + index, height: SIDE + 3, channels: 3, background: { r: grey, g: grey, b: grey } },
    });
    const [end, bytes] = index % 2 ? ["jpg", image.jpeg({ quality: 100 })] : ["png", image.png()];
    for (const part of ["train", "val"]) {
      const path = join(good, part, name, `${index % PER_CLASS}.${end}`);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, await bytes.toBuffer());
    }
  }
});

after(() => rmSync(root, { recursive: true }));

interface Opened extends BatchSources {
  /** The file of a training image. */
  path(index: number): string;
}

/** A copy of the good images that a test may damage, opened; `null` for `reported` makes bad images errors. */
function open({ workers = 2, reported = null }: { workers?: number; reported?: string[] | null } = {}): Opened {
  const tree = join(root, `tree${trees++}`);
  cpSync(good, tree, { recursive: true });
  const dataset = loadImageFolder("folder", tree);
  const sources = openBatchSources(dataset, {
    transforms,
    workers,
    onBadImage: reported && ((problem) => reported.push(problem)),
    memoryFormat: "channels_last",
    device: "cpu",
  });
  return { ...sources, path: (index) => dataset.train.path(index) };
}

/** The grey of each image, 0 … 255, which all its pixels have. */
function greys(images: readonly { readonly pixels: readonly number[] }[]): number[] {
  return images.map(({ pixels }) => {
    assert.equal(pixels.length, 3 * SIDE * SIDE);
    const [first = 0] = pixels;
    for (const value of pixels) assert.ok(Math.abs(value - first) <= 1 / 255);
    return Math.round(first * 255);
  });
}

function assertGreys(images: readonly { readonly pixels: readonly number[] }[], indices: readonly number[]): void {
  const found = greys(images);
  assert.equal(found.length, indices.length);
  // JPEG may be off by one.
  indices.forEach((index, at) => {
    assert.ok(Math.abs((found[at] ?? 0) - greyOf(index)) <= 1, `image ${at}: ${found[at]}, expected ${greyOf(index)}`);
  });
}

test("every file comes once, in the requested order, with its class", async () => {
  const sources = open();
  const order = epochPermutation(sources.train.count, 5, 0);
  const { batches, images } = await takeBatches(sources.train, 5, { seed: 1, epoch: 0 }, order);
  assert.deepEqual(
    batches.map(({ count, skipped }) => [count, skipped]),
    [
      [5, 0],
      [5, 0],
      [2, 0],
    ],
  );
  assertGreys(images, [...order]);
  assert.deepEqual(
    images.map(({ label }) => label),
    Array.from(order, (index) => Math.floor(index / PER_CLASS)),
  );
  await sources.close();
});

test("batches of more images than a task has, and a rest of a single one", async () => {
  const sources = open();
  const many = Array.from({ length: 41 }, (_, index) => (index * 5) % 12);
  const { batches, images } = await takeBatches(sources.val, 40, null, many);
  assert.deepEqual(
    batches.map(({ count }) => count),
    [41],
  );
  assertGreys(images, many);
  await sources.close();
});

const DAMAGES: readonly [title: string, damage: (path: string) => void, message: RegExp][] = [
  [
    "cut off",
    (path) => writeFileSync(path, readFileSync(path).subarray(0, 60)),
    /expected an intact (image|JPEG), found /,
  ],
  ["empty", (path) => writeFileSync(path, ""), /expected an image, found an empty file/],
  ["no image", (path) => writeFileSync(path, "<html>Not found</html>"), /expected an intact image, found one that/],
  ["deleted after it was listed", (path) => rmSync(path), /no such file or directory/],
];

for (const [title, damage, message] of DAMAGES) {
  for (const index of [2, 3]) {
    test(`image ${index} is ${title}: an error that names it`, async () => {
      const sources = open();
      const path = sources.path(index);
      damage(path);
      await assert.rejects(takeBatches(sources.train, 4, { seed: 0, epoch: 0 }), (error: Error) => {
        assert.equal(error.name, "InputError");
        assert.ok(error.message.startsWith(`${path}: `) && !error.message.includes("\n"), error.message);
        assert.match(error.message, message);
        assert.match(error.message, /\(`onBadImage` skip leaves such images out\)$/);
        return true;
      });
      await sources.close();
    });
  }

  test(`images that are ${title} can be skipped, counted and reported`, async () => {
    const reported: string[] = [];
    const sources = open({ reported });
    for (const index of [2, 3, 8]) damage(sources.path(index));
    const { batches, images } = await takeBatches(sources.train, 6, { seed: 0, epoch: 0 });
    assert.deepEqual(batches, [
      { count: 4, skipped: 2 },
      { count: 5, skipped: 1 },
    ]);
    const left = [0, 1, 4, 5, 6, 7, 9, 10, 11];
    assertGreys(images, left);
    assert.deepEqual(
      images.map(({ label }) => label),
      left.map((index) => Math.floor(index / PER_CLASS)),
    );
    assert.deepEqual(
      reported.map((problem) => problem.slice(0, problem.indexOf(": "))),
      [2, 3, 8].map((index) => sources.path(index)),
    );
    await sources.close();
  });
}

test("a batch of nothing but bad images is empty, and the next batch follows", async () => {
  const reported: string[] = [];
  const sources = open({ reported, workers: 1 });
  for (const index of [4, 5, 6, 7]) writeFileSync(sources.path(index), "");
  const { batches, images } = await takeBatches(sources.train, 4, { seed: 0, epoch: 0 });
  assert.deepEqual(batches, [
    { count: 4, skipped: 0 },
    { count: 0, skipped: 4 },
    { count: 4, skipped: 0 },
  ]);
  assertGreys(images, [0, 1, 2, 3, 8, 9, 10, 11]);
  assert.equal(reported.length, 4);
  await sources.close();
});

test("an image smaller than the crop is an error that names it, skipped or not", async () => {
  for (const reported of [null, []]) {
    const sources = open({ reported });
    await sharp({ create: { width: SIDE - 1, height: SIDE, channels: 3, background: "red" } })
      .png()
      .toFile(sources.path(6));
    await assert.rejects(takeBatches(sources.train, 4, { seed: 0, epoch: 0 }), {
      name: "InputError",
      message:
        `${sources.path(6)}: RandomCrop: expected images of at least 8 × 8 (height × width) with their padding, ` +
        "found 8 × 7 (height × width); set pad_if_needed or resize first",
    });
    await sources.close();
  }
});

test("a stream closed early gives nothing more, and its sources another pass", async () => {
  const sources = open();
  const all = Int32Array.from(Array(12).keys());
  const stream = sources.train.open(batchesOf(all, 2), { seed: 0, epoch: 0 });
  assert.equal((await stream.next())?.count, 2);
  stream.close();
  assert.equal(await stream.next(), null);
  assertGreys((await takeBatches(sources.val, 6)).images, [...all]);
  await sources.close();
});

test("a bad image after the stream was closed is not reported", async () => {
  const reported: string[] = [];
  const sources = open({ workers: 1, reported });
  writeFileSync(sources.path(3), "");
  const stream = sources.train.open(batchesOf(Int32Array.from(Array(12).keys()), 2), { seed: 0, epoch: 0 });
  assert.equal((await stream.next())?.count, 2);
  stream.close();
  assert.equal((await takeBatches(sources.val, 12)).images.length, 12);
  assert.deepEqual(reported, []);
  await sources.close();
});

test("closing the sources fails a pass that is under way instead of leaving it hanging", async () => {
  const sources = open();
  const stream = sources.train.open(batchesOf(Int32Array.from(Array(12).keys()), 2), { seed: 0, epoch: 0 });
  const closed = sources.close();
  await assert.rejects(stream.next(), /the image workers were closed/);
  await closed;
});
