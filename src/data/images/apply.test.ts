import assert from "node:assert/strict";
import { test } from "node:test";
import { randomStream } from "../prng.js";
import { applyTransforms, normalization, outputSize } from "./apply.js";
import type { ImageSource } from "./image-source.js";
import { memorySource } from "./memory-source.js";
import type { Box } from "./pixels.js";
import type { ImageTransform } from "./transforms/transform.js";

const toTensor: ImageTransform = { name: "ToTensor" };
const normalize: ImageTransform = { name: "Normalize", mean: [0.5, 0.4, 0.3], std: [0.1, 0.2, 0.3] };
const flip = (p: number): ImageTransform => ({ name: "RandomHorizontalFlip", p });
const crop = (size: number, padding = 0): ImageTransform => ({
  name: "RandomCrop",
  size: { height: size, width: size },
  padding: { left: padding, top: padding, right: padding, bottom: padding },
  padIfNeeded: false,
  fill: [0, 0, 0],
  paddingMode: "constant",
});
const resize = (size: number | { height: number; width: number }): ImageTransform => {
  return { name: "Resize", size, interpolation: "bilinear", maxSize: null };
};
const cutout = (length: number): ImageTransform => ({ name: "Cutout", length });

/** `[3, height, width]`, no two bytes of a channel equal. */
function planes(height: number, width: number): Uint8Array {
  return Uint8Array.from({ length: 3 * height * width }, (_, i) => i);
}

test("without random changes the bytes come out as [height, width, 3]", async () => {
  const into = new Uint8Array(12);
  const { erasures } = await applyTransforms(
    memorySource(planes(2, 2), 3, 2, 2),
    [toTensor, normalize],
    randomStream(0),
    into,
  );
  assert.deepEqual([...into], [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]);
  assert.deepEqual(erasures, []);
});

test("an image is mirrored with the probability given", async () => {
  const into = new Uint8Array(6);
  let mirrored = 0;
  for (const p of [0, 0.25, 1]) {
    mirrored = 0;
    for (let index = 0; index < 400; index++) {
      await applyTransforms(memorySource(planes(1, 2), 3, 1, 2), [flip(p), toTensor], randomStream(5, index), into);
      const isMirrored = into[0] === 1;
      assert.deepEqual([...into], isMirrored ? [1, 3, 5, 0, 2, 4] : [0, 2, 4, 1, 3, 5]);
      if (isMirrored) mirrored++;
    }
    assert.ok(Math.abs(mirrored / 400 - p) < 0.07, `${p}: ${mirrored}`);
    if (p === 0 || p === 1) assert.equal(mirrored, 400 * p);
  }
});

test("a sample depends on its own stream alone", async () => {
  const transforms = [crop(24, 4), flip(0.5), toTensor, normalize, cutout(8)];
  const sample = async (index: number) => {
    const into = new Uint8Array(24 * 24 * 3);
    const source = memorySource(planes(32, 32), 3, 32, 32);
    return { into, ...(await applyTransforms(source, transforms, randomStream(9, index), into)) };
  };
  assert.deepEqual(await sample(3), await sample(3));
  assert.notDeepEqual(await sample(3), await sample(4));
});

test("transforms work one after another, in any order", async () => {
  const source = () => memorySource(planes(8, 12), 3, 8, 12);
  const first = new Uint8Array(4 * 4 * 3);
  await applyTransforms(
    source(),
    [resize(4), { name: "CenterCrop", size: { height: 4, width: 4 } }, toTensor],
    randomStream(0),
    first,
  );
  const second = new Uint8Array(4 * 4 * 3);
  // The middle 8 × 8 of 8 × 12 resized; the same but at the edges, where the filter has no pixels to look at.
  await applyTransforms(
    source(),
    [{ name: "CenterCrop", size: { height: 8, width: 8 } }, resize(4), toTensor],
    randomStream(0),
    second,
  );
  const inner = (bytes: Uint8Array) =>
    [1, 2].flatMap((row) => [...bytes.subarray((4 * row + 1) * 3, (4 * row + 3) * 3)]);
  assert.deepEqual(inner(first), inner(second));
});

test("only the crop is decoded", async () => {
  const looked: Box[] = [];
  const image = memorySource(planes(50, 60), 3, 50, 60);
  const watched: ImageSource = {
    width: 60,
    height: 50,
    region(box, width, height) {
      looked.push(box);
      return image.region(box, width, height);
    },
  };
  await applyTransforms(watched, [crop(7), flip(1), toTensor], randomStream(1), new Uint8Array(147));
  assert.equal(looked.length, 1);
  assert.deepEqual([looked[0]?.width, looked[0]?.height], [7, 7]);
});

test("Cutout overwrites a square after Normalize, before it with what black becomes", async () => {
  const white = memorySource(new Uint8Array(3 * 10 * 12).fill(255), 3, 10, 12);
  const into = new Uint8Array(360);
  const early = await applyTransforms(white, [toTensor, cutout(5), normalize], randomStream(2), into);
  const late = await applyTransforms(white, [toTensor, normalize, cutout(5)], randomStream(2), into);
  const plain = await applyTransforms(white, [toTensor, cutout(5)], randomStream(2), into);
  assert.ok(into.every((byte) => byte === 255));
  const [square] = late.erasures;
  assert.ok(square !== undefined && late.erasures.length === 1);
  assert.deepEqual(square.fill, [0, 0, 0]);
  assert.deepEqual(plain.erasures, [square]);
  assert.deepEqual(early.erasures, [{ ...square, fill: [(0 - 0.5) / 0.1, (0 - 0.4) / 0.2, (0 - 0.3) / 0.3] }]);
});

test("Cutout's centre is anywhere, the square ⌊L / 2⌋ to both sides, clipped", async () => {
  const image = memorySource(planes(4, 6), 3, 4, 6);
  const seen = new Set<string>();
  for (let index = 0; index < 600; index++) {
    const { erasures } = await applyTransforms(
      image,
      [toTensor, normalize, cutout(3)],
      randomStream(index),
      new Uint8Array(72),
    );
    seen.add(JSON.stringify({ ...erasures[0], fill: undefined }));
  }
  const expected = new Set<string>();
  for (let y = 0; y < 4; y++) {
    for (let x = 0; x < 6; x++) {
      expected.add(
        JSON.stringify({
          top: Math.max(0, y - 1),
          left: Math.max(0, x - 1),
          bottom: Math.min(4, y + 1),
          right: Math.min(6, x + 1),
        }),
      );
    }
  }
  assert.deepEqual([...seen].sort(), [...expected].sort());
});

test("the output must have the room, and may be shared memory", async () => {
  const source = memorySource(planes(2, 2), 3, 2, 2);
  await assert.rejects(
    applyTransforms(source, [toTensor], randomStream(0), new Uint8Array(11)),
    /expected 12 bytes but received 11/,
  );
  const shared = new Uint8Array(new SharedArrayBuffer(20), 4, 12);
  await applyTransforms(source, [toTensor], randomStream(0), shared);
  assert.deepEqual([...shared].slice(0, 3), [0, 4, 8]);
});

test("the size of the samples, or why there is none", () => {
  const size = (transforms: ImageTransform[], input: { height: number; width: number } | null = null) => {
    return outputSize([...transforms, toTensor], input);
  };
  assert.deepEqual(size([crop(32, 4)], { height: 32, width: 32 }), { height: 32, width: 32 });
  assert.deepEqual(size([resize(256), { name: "CenterCrop", size: { height: 3, width: 4 } }]), { height: 3, width: 4 });
  assert.deepEqual(size([resize({ height: 5, width: 6 })]), { height: 5, width: 6 });
  assert.deepEqual(size([resize(16), flip(0.5)], { height: 32, width: 64 }), { height: 16, width: 32 });
  assert.deepEqual(size([], { height: 9, width: 8 }), { height: 9, width: 8 });
  assert.throws(() => size([resize(256), flip(0.5)]), {
    name: "InputError",
    message:
      /^transforms: expected samples of one size, found Resize, RandomHorizontalFlip, ToTensor, which leave each /,
  });
  assert.throws(() => size([crop(40)], { height: 32, width: 32 }), {
    name: "InputError",
    message: /^transforms: RandomCrop: expected /,
  });
  assert.throws(() => size([resize({ height: 30000, width: 30000 })]), {
    name: "InputError",
    message: /at most 268435456 bytes/,
  });
});

test("the normalization is that of Normalize, or the identity", () => {
  assert.deepEqual(normalization([toTensor]), { mean: [0, 0, 0], std: [1, 1, 1] });
  assert.deepEqual(normalization([toTensor, normalize]), { mean: [0.5, 0.4, 0.3], std: [0.1, 0.2, 0.3] });
});

test("transforms out of order are named", () => {
  const rejects = (transforms: ImageTransform[], message: string) => {
    assert.throws(() => outputSize(transforms, { height: 64, width: 64 }), { name: "InputError", message });
  };
  rejects([], "transforms: expected ToTensor, found none");
  rejects([flip(1)], "transforms: expected ToTensor, found none");
  rejects([toTensor, flip(1)], "transforms[1]: expected image transforms before ToTensor, found RandomHorizontalFlip");
  rejects([toTensor, toTensor], "transforms[1]: expected ToTensor once, found ToTensor");
  rejects([normalize, toTensor], "transforms[0]: expected ToTensor before Normalize, found Normalize");
  rejects([cutout(3), toTensor], "transforms[0]: expected ToTensor before Cutout, found Cutout");
  rejects([toTensor, normalize, normalize], "transforms[2]: expected Normalize at most once, found Normalize");
});
