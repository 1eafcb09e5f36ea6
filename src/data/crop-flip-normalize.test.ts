import assert from "node:assert/strict";
import { test } from "node:test";
import { cropFlipNormalize } from "./crop-flip-normalize.js";
import type { ImageTransform } from "./images/transforms/transform.js";
import { makeSynthetic } from "./synthetic.js";

const dataset = makeSynthetic({ seed: 0, trainCount: 1, valCount: 1 });

const toTensor: ImageTransform = { name: "ToTensor" };
const normalize: ImageTransform = { name: "Normalize", mean: [0.5, 0.4, 0.3], std: [0.1, 0.2, 0.3] };
const half: ImageTransform = { name: "RandomHorizontalFlip", p: 0.5 };
const side = (padding: number) => ({ left: padding, top: padding, right: padding, bottom: padding });
const plainCrop = {
  name: "RandomCrop",
  size: { height: 32, width: 32 },
  padding: side(4),
  padIfNeeded: false,
  fill: [0, 0, 0],
  paddingMode: "constant",
} as const;
const crop = (more: object = {}): ImageTransform => ({ ...plainCrop, ...more });

const onePass = (train: readonly ImageTransform[], val: readonly ImageTransform[] = [toTensor, normalize]) =>
  cropFlipNormalize({ file: "t.json", train, val }, dataset);

test("a padded crop, a flip of one half and a normalization are one pass", () => {
  const numbers = { mean: [0.5, 0.4, 0.3], std: [0.1, 0.2, 0.3] };
  assert.deepEqual(onePass([crop(), half, toTensor, normalize]), {
    train: { cropPadding: 4, flip: true, ...numbers },
    val: { cropPadding: 0, flip: false, ...numbers },
  });
});

test("each of them may be missing, and training and validation differ", () => {
  const identity = { mean: [0, 0, 0], std: [1, 1, 1] };
  assert.deepEqual(onePass([toTensor])?.train, { cropPadding: 0, flip: false, ...identity });
  assert.deepEqual(onePass([half, toTensor])?.train, { cropPadding: 0, flip: true, ...identity });
  assert.deepEqual(onePass([crop({ padding: side(0) }), toTensor])?.train.cropPadding, 0);
  assert.deepEqual(onePass([crop(), toTensor], [toTensor])?.val, { cropPadding: 0, flip: false, ...identity });
  assert.deepEqual(onePass([crop(), toTensor], [crop({ padding: side(0) }), toTensor])?.val.cropPadding, 0);
});

const TOO_MUCH: readonly [title: string, train: readonly ImageTransform[], val?: readonly ImageTransform[]][] = [
  ["the flip before the crop, which draws in another order", [half, crop(), toTensor]],
  ["two flips", [half, half, toTensor]],
  ["a flip of another probability", [{ name: "RandomHorizontalFlip", p: 0.25 }, toTensor]],
  ["a crop of another size", [crop({ size: { height: 28, width: 32 } }), toTensor]],
  ["padding that differs from side to side", [crop({ padding: { ...side(4), top: 3 } }), toTensor]],
  ["padding in grey", [crop({ fill: [0, 0, 1] }), toTensor]],
  ["padding by reflection", [crop({ paddingMode: "reflect" }), toTensor]],
  ["padding where needed", [crop({ padIfNeeded: true }), toTensor]],
  ["a cutout", [toTensor, normalize, { name: "Cutout", length: 16 }]],
  ["a resize", [{ name: "Resize", size: 32, interpolation: "bilinear", maxSize: null }, toTensor]],
  ["a flip in validation", [toTensor], [half, toTensor]],
  ["a moving crop in validation", [toTensor], [crop(), toTensor]],
];

for (const [title, train, val] of TOO_MUCH) {
  test(`more than one pass can do: ${title}`, () => assert.equal(onePass(train, val), null));
}

test("a list that does not suit the images is an error that names its place", () => {
  const large = crop({ size: { height: 64, width: 64 } });
  assert.throws(() => onePass([large, toTensor]), {
    name: "InputError",
    message: /RandomCrop: expected images of at least 64 × 64/,
  });
  assert.throws(() => onePass([crop()]), {
    name: "InputError",
    message: "t.json: train: expected ToTensor, found none",
  });
  assert.throws(() => onePass([toTensor], [normalize]), {
    name: "InputError",
    message: /^t\.json: val\[0\]: expected ToTensor before/,
  });
});
