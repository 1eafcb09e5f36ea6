import assert from "node:assert/strict";
import { test } from "node:test";
import { assertNear } from "../../tests/support/near.js";
import type { BatchTransform } from "../data/batch-transforms/registry.js";
import { addon } from "../tensor/addon.js";
import { randn, tensor } from "../tensor/create.js";
import { manualSeed } from "../tensor/runtime.js";
import { contiguous } from "../tensor/shape.js";
import { liveTensors, scope, type Tensor } from "../tensor/tensor.js";
import { BatchMixing } from "./batch-mixing.js";

const CLASSES = 4;
const LABELS = [0, 1, 2, 3, 2, 1];
const [CHANNELS, HEIGHT, WIDTH] = [3, 6, 8];
const OPTIONS = { seed: 5, epochs: 10, numClasses: CLASSES, rank: 0 };
const MIX_UP: BatchTransform = { name: "MixUp", alpha: 0.8 };
const CUT_MIX: BatchTransform = { name: "CutMix", alpha: 1 };

function batch(labels: readonly number[] = LABELS): { images: Tensor; labels: Tensor } {
  manualSeed(1);
  return {
    images: randn([labels.length, CHANNELS, HEIGHT, WIDTH]),
    labels: tensor(labels, [labels.length], "int64"),
  };
}

const mixing = (transforms: readonly BatchTransform[], options: object = {}, offEpochs = 0) =>
  new BatchMixing({ transforms, offEpochs }, { ...OPTIONS, ...options });

/** A batch mixed, as numbers; partners are found by their labels, all different. */
function mixed(transform: BatchTransform, place = { epoch: 0, batch: 0 }, options: object = {}) {
  return scope(() => {
    const plain = batch([0, 1, 2, 3]);
    const result = mixing([transform], options).mix(place, plain);
    return {
      before: plain.images.toArray(),
      after: result.images.toArray(),
      target: result.target.toArray(),
      labels: result.labels.toArray(),
      shape: result.target.shape,
    };
  });
}

const places = Array.from({ length: 40 }, (_, index) => ({ epoch: index % 3, batch: index }));
const PIXELS = CHANNELS * HEIGHT * WIDTH;

/** The partner of each image and their share, from a target of different labels; `null` where all are partners of themselves. */
function partnersOf(target: readonly number[]): { partners: number[]; share: number } | null {
  const rows = [0, 1, 2, 3].map((image) => target.slice(4 * image, 4 * image + 4));
  const partners = rows.map((row, image) => {
    const other = row.findIndex((value, label) => label !== image && value > 0);
    return other < 0 ? image : other;
  });
  const image = partners.findIndex((partner, own) => partner !== own);
  return image < 0 ? null : { partners, share: rows[image]?.[image] ?? 0 };
}

test("MixUp: images and labels are λ of their own and 1 − λ of the partner's", () => {
  const shares = new Set<number>();
  for (const place of places) {
    const { before, after, target, labels, shape } = mixed(MIX_UP, place);
    assert.deepEqual(shape, [4, 4]);
    const found = partnersOf(target);
    if (found === null) continue;
    const { partners, share } = found;
    shares.add(share);
    assert.deepEqual([...partners].sort(), [0, 1, 2, 3]);
    const expected = before.map((value, index) => {
      const partner = partners[Math.floor(index / PIXELS)] ?? 0;
      return share * value + (1 - share) * (before[partner * PIXELS + (index % PIXELS)] ?? 0);
    });
    assertNear(after, expected, { relative: 1e-5, absolute: 1e-6 });
    assert.deepEqual(
      labels.map(Number),
      partners.map((partner, own) => (share >= 0.5 ? own : partner)),
    );
  }
  assert.ok(shares.size > 30);
  assert.ok([...shares].some((share) => share < 0.5) && [...shares].some((share) => share > 0.5));
});

test("CutMix: one box of every image is the partner's, and λ what is left of the image", () => {
  for (const place of places) {
    const { before, after, target } = mixed(CUT_MIX, place);
    const found = partnersOf(target);
    if (found === null) continue;
    const { partners, share } = found;
    const moved = partners.findIndex((partner, own) => partner !== own);
    const plane = HEIGHT * WIDTH;
    const box = Array.from(
      { length: plane },
      (_, pixel) => after[moved * PIXELS + pixel] !== before[moved * PIXELS + pixel],
    );
    const inBox = box.flatMap((isIn, pixel) => (isIn ? [pixel] : []));
    const rows = new Set(inBox.map((pixel) => Math.floor(pixel / WIDTH)));
    const columns = new Set(inBox.map((pixel) => pixel % WIDTH));
    for (const lines of [rows, columns]) {
      assert.ok(lines.size === 0 || Math.max(...lines) - Math.min(...lines) === lines.size - 1);
    }
    assert.equal(rows.size * columns.size, inBox.length);
    assertNear([share], [1 - inBox.length / plane], { relative: 1e-6, absolute: 0 });
    after.forEach((value, index) => {
      const source = box[index % plane] ? (partners[Math.floor(index / PIXELS)] ?? 0) : Math.floor(index / PIXELS);
      assert.equal(value, before[source * PIXELS + (index % PIXELS)]);
    });
  }
});

test("each row of the target sums to 1, equal labels stay whole, and the batch itself is left as it is", () => {
  for (const transform of [MIX_UP, CUT_MIX]) {
    const plain = batch([2, 2, 2]);
    const before = plain.images.toArray();
    const { target, labels } = mixing([transform]).mix({ epoch: 0, batch: 1 }, plain);
    assertNear(target.toArray(), [0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0], { relative: 1e-6, absolute: 1e-6 });
    assert.deepEqual(labels.toArray().map(Number), [2, 2, 2]);
    assert.deepEqual(plain.images.toArray(), before);
  }
});

test("what is drawn follows from seed, epoch, batch and rank, each of which changes it", () => {
  for (const transform of [MIX_UP, CUT_MIX]) {
    // Of three batches, since one may stay as it is by chance.
    const drawn = ({ epoch = 2, batch = 3 }, options: object = {}) =>
      [0, 10, 20].map((later) => mixed(transform, { epoch, batch: batch + later }, options).after);
    const first = drawn({});
    assert.deepEqual(drawn({}), first);
    for (const other of [drawn({ epoch: 3 }), drawn({ batch: 4 }), drawn({}, { seed: 6 }), drawn({}, { rank: 1 })]) {
      assert.notDeepEqual(other, first);
    }
  }
});

test("of several transforms each is chosen for some batches", () => {
  const kinds = places.map((place) => {
    const plain = batch();
    const { images } = mixing([MIX_UP, CUT_MIX]).mix(place, plain);
    const before = new Set(plain.images.toArray());
    return images.toArray().every((value) => before.has(value)) ? "CutMix" : "MixUp";
  });
  const cut = kinds.filter((kind) => kind === "CutMix").length;
  assert.ok(cut >= 10 && cut <= 30, `${cut} of 40`);
});

test("the last epochs are trained without, on request", () => {
  const plain = batch();
  const off = mixing([MIX_UP], {}, 3);
  const result = off.mix({ epoch: 7, batch: 0 }, plain);
  assert.equal(result.images, plain.images);
  assert.equal(result.target, plain.labels);
  assert.deepEqual(off.mix({ epoch: 6, batch: 0 }, plain).target.shape, [6, CLASSES]);
});

test("images keep their memory format, which does not matter; no tensor is left behind", () => {
  for (const transform of [MIX_UP, CUT_MIX]) {
    const [rows, inner] = [batch(), batch()];
    const last = { ...inner, images: contiguous(inner.images, "channels_last") };
    const live = liveTensors();
    const [byRows, byChannels] = [rows, last].map((each) => mixing([transform]).mix({ epoch: 1, batch: 1 }, each));
    assert.ok(byRows && byChannels);
    assert.equal(addon().isContiguous(byChannels.images.handle, true), true);
    assert.deepEqual(byChannels.images.toArray(), byRows.images.toArray());
    // Images and target, and labels where they are the partners'.
    assert.ok(liveTensors() - live <= 6);
  }
});
