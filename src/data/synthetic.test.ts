import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import type { ImageDataset, ImageSplit } from "./dataset.js";
import { epochPermutation } from "./shuffle.js";
import { makeSynthetic } from "./synthetic.js";

const imageBytes = 3 * 32 * 32;

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function standardize(data: ImageDataset, split: ImageSplit, image: number): Float64Array {
  return Float64Array.from({ length: imageBytes }, (_, i) => {
    const channel = Math.floor(i / 1024);
    const value = (split.images[image * imageBytes + i] ?? 0) / 255;
    return (value - (data.mean[channel] ?? 0)) / (data.std[channel] ?? 1);
  });
}

/** Class scores of one image under weights `[10, 3072]`. */
function scores(weights: Float64Array, pixels: Float64Array): number[] {
  return Array.from({ length: 10 }, (_, label) => {
    let sum = 0;
    const start = label * imageBytes;
    for (let i = 0; i < imageBytes; i++) sum += (weights[start + i] ?? 0) * (pixels[i] ?? 0);
    return sum;
  });
}

/** Softmax regression on pixels by SGD, an image a step, and its accuracy on the validation images. */
function linearAccuracy(data: ImageDataset, epochs: number): number {
  const weights = new Float64Array(10 * imageBytes);
  const images = Array.from({ length: data.train.count }, (_, image) => standardize(data, data.train, image));
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (const image of epochPermutation(data.train.count, 0, epoch)) {
      const pixels = images[image] ?? new Float64Array(imageBytes);
      const logits = scores(weights, pixels);
      const highest = Math.max(...logits);
      const powers = logits.map((logit) => Math.exp(logit - highest));
      const total = powers.reduce((sum, power) => sum + power, 0);
      powers.forEach((power, label) => {
        const step = 2e-4 * (power / total - (data.train.labels[image] === label ? 1 : 0));
        for (let i = 0; i < imageBytes; i++) {
          weights[label * imageBytes + i] = (weights[label * imageBytes + i] ?? 0) - step * (pixels[i] ?? 0);
        }
      });
    }
  }
  let correct = 0;
  for (let image = 0; image < data.val.count; image++) {
    const logits = scores(weights, standardize(data, data.val, image));
    if (logits.indexOf(Math.max(...logits)) === data.val.labels[image]) correct++;
  }
  return correct / data.val.count;
}

describe("makeSynthetic", () => {
  it("has the documented form", () => {
    const data = makeSynthetic({ seed: 0, trainCount: 25, valCount: 10 });
    assert.equal(data.name, "synthetic");
    assert.equal(new Set(data.classNames).size, 10);
    assert.deepEqual([data.channels, data.height, data.width], [3, 32, 32]);
    assert.equal(data.train.images.length, 25 * imageBytes);
    assert.deepEqual(
      [...data.train.labels],
      Array.from({ length: 25 }, (_, i) => i % 10),
    );
    assert.equal(data.val.count, 10);
    assert.ok(data.flip);
  });

  it("gives the bytes it has always given, on any machine", () => {
    const data = makeSynthetic({ seed: 0, trainCount: 200, valCount: 100 });
    assert.equal(sha256(data.train.images), "7a80b79d3720e0a16b02df121bc124abe931510088c4a99e003de7d8d9f37ce2");
    assert.equal(sha256(data.val.images), "a98543986281669d0ebb6cc4c5a66d27e7f8b323293e12ba7312ed760054dc8f");
  });

  it("starts with the smaller data set of the same seed", () => {
    const small = makeSynthetic({ seed: 4, trainCount: 10, valCount: 10 });
    const large = makeSynthetic({ seed: 4, trainCount: 20, valCount: 20 });
    assert.deepEqual(large.train.images.subarray(0, small.train.images.length), small.train.images);
    assert.deepEqual(large.val.images.subarray(0, small.val.images.length), small.val.images);
  });

  it("repeats no image in another part or seed", () => {
    const sets = [0, 1].map((seed) => makeSynthetic({ seed, trainCount: 50, valCount: 50 }));
    const images = sets.flatMap(({ train, val }) =>
      [train, val].flatMap((split) =>
        Array.from({ length: 50 }, (_, i) => sha256(split.images.subarray(i * imageBytes, (i + 1) * imageBytes))),
      ),
    );
    assert.equal(new Set(images).size, 200);
  });

  it("states the mean and standard deviation of its images", () => {
    const { train, mean, std } = makeSynthetic({ seed: 0, trainCount: 2000, valCount: 0 });
    for (let channel = 0; channel < 3; channel++) {
      let [sum, squares] = [0, 0];
      for (let image = 0; image < train.count; image++) {
        const start = (3 * image + channel) * 1024;
        for (const byte of train.images.subarray(start, start + 1024)) {
          sum += byte / 255;
          squares += (byte / 255) ** 2;
        }
      }
      const measured = sum / (train.count * 1024);
      assert.ok(Math.abs(measured - (mean[channel] ?? 0)) < 0.02, `mean ${measured}`);
      const deviation = Math.sqrt(squares / (train.count * 1024) - measured ** 2);
      assert.ok(Math.abs(deviation - (std[channel] ?? 0)) < 0.01, `standard deviation ${deviation}`);
    }
  });

  it("is not separable by a linear model of the pixels", () => {
    const accuracy = linearAccuracy(makeSynthetic({ seed: 0, trainCount: 1500, valCount: 500 }), 3);
    assert.ok(accuracy < 0.35, `accuracy ${accuracy}`);
  });

  it("refuses seeds and counts that are not integers", () => {
    assert.throws(() => makeSynthetic({ seed: 0.5, trainCount: 1, valCount: 0 }), RangeError);
    assert.throws(() => makeSynthetic({ seed: 0, trainCount: -1 }), RangeError);
    assert.throws(() => makeSynthetic({ seed: 0, trainCount: 0, valCount: 1.5 }), RangeError);
  });
});
