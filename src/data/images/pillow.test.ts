import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { affineMap } from "./affine.js";
import { adjustBrightness, adjustContrast, adjustHue, adjustSaturation, toGray } from "./color.js";
import { cropPixels, type Pixels, pixelOf, toRgb } from "./pixels.js";
import { rotation } from "./rotation.js";
import { adjustSharpness, autocontrast, equalize, posterize, solarize } from "./tone.js";
import { augment, type Greatest, magnitudeOf, OPERATIONS } from "./transforms/augment-operation.js";
import { randAugmentGreatest } from "./transforms/rand-augment.js";
import { TRIVIAL_AUGMENT_GREATEST } from "./transforms/trivial-augment-wide.js";

// Compared with torchvision on Pillow images, where a Python with them is found: any colour, sizes that are not square.

const PYTHON = "/usr/bin/python3";
const hasTorchvision = spawnSync(PYTHON, ["-c", "import torchvision, PIL"]).status === 0;
const skip = hasTorchvision ? false : "no torchvision";

const SCRIPT = `
import sys, numpy as np, torch
from PIL import Image
import torchvision.transforms.functional as F
from torchvision.transforms import InterpolationMode
from torchvision.transforms.autoaugment import _apply_op, RandAugment, TrivialAugmentWide
nearest, bilinear = InterpolationMode.NEAREST, InterpolationMode.BILINEAR
height, width = int(sys.argv[1]), int(sys.argv[2])
data = np.frombuffer(sys.stdin.buffer.read(), np.uint8).reshape(height, width, 3)
image = Image.fromarray(data, "RGB")
for code in sys.argv[3:]:
    sys.stdout.buffer.write(np.asarray(eval(code)).tobytes())
`;

const HEIGHT = 37;
const WIDTH = 50;
const SIDE = 24;

/** Random colours, and greys among them. */
function colours(height = HEIGHT, width = WIDTH): Pixels {
  const data = Uint32Array.from({ length: height * width }, (_, i) => {
    const word = Math.imul(i + 1, 0x9e3779b1) >>> 8;
    return i % 11 === 0 ? pixelOf(word & 255, word & 255, word & 255) : word & 0xffffff;
  });
  return { height, width, data };
}

function bytesOf(pixels: Pixels): Uint8Array {
  const bytes = new Uint8Array(3 * pixels.width * pixels.height);
  toRgb(pixels, bytes);
  return bytes;
}

/** Checks what each operation makes of `image` against Python's expression of it. */
function compare(operations: Readonly<Record<string, (image: Pixels) => unknown>>, image = colours()): void {
  const codes = Object.keys(operations);
  const input = bytesOf(image);
  const args = ["-c", SCRIPT, String(image.height), String(image.width), ...codes];
  const { status, stdout, stderr } = spawnSync(PYTHON, args, { input, maxBuffer: 2 ** 30 });
  assert.equal(status, 0, String(stderr));
  assert.equal(stdout.length, codes.length * input.length);
  codes.forEach((code, index) => {
    const copy = { ...image, data: image.data.slice() };
    const result = bytesOf((operations[code]?.(copy) ?? copy) as Pixels);
    const expected = stdout.subarray(index * input.length, (index + 1) * input.length);
    const differing = result.filter((byte, at) => byte !== expected[at]).length;
    assert.equal(differing, 0, `${code}: ${differing} of ${input.length} bytes differ`);
  });
}

test("colours change as Pillow's", { skip }, () => {
  const operations: Record<string, (image: Pixels) => unknown> = { "F.to_grayscale(image, 3)": toGray };
  for (const factor of [0, 0.3, 0.77, 1, 1.2, 1.9, 4]) {
    operations[`F.adjust_brightness(image, ${factor})`] = (image) => adjustBrightness(image, factor);
    operations[`F.adjust_contrast(image, ${factor})`] = (image) => adjustContrast(image, factor);
    operations[`F.adjust_saturation(image, ${factor})`] = (image) => adjustSaturation(image, factor);
  }
  for (const turn of [-0.5, -0.31, -0.002, 0, 0.01, 0.25, 0.5]) {
    operations[`F.adjust_hue(image, ${turn})`] = (image) => adjustHue(image, turn);
  }
  compare(operations);
});

test("so does the hue of colours all over the cube", { skip }, () => {
  const data = Uint32Array.from({ length: 2 ** 18 }, (_, i) => i * 64 + (i % 64));
  compare({ "F.adjust_hue(image, 0.1)": (image) => adjustHue(image, 0.1) }, { width: 512, height: 512, data });
});

test("rotated images are Pillow's, in all sizes and about any centre", { skip }, () => {
  const operations: Record<string, (image: Pixels) => unknown> = {};
  for (const interpolation of ["nearest", "bilinear"] as const) {
    for (const degrees of [0, 90, 180, -90, 1, 33.3, -17.25, 135, 400]) {
      for (const center of [null, [0, 0], [30.5, 7]] as const) {
        for (const expand of [false, true]) {
          // A corner of the expanded image has as many bytes as the image.
          const crop = expand ? `.crop((0, 0, ${SIDE}, ${SIDE}))` : "";
          const middle = center === null ? "None" : JSON.stringify(center);
          const code = `F.rotate(image, ${degrees}, ${interpolation}, ${expand ? "True" : "False"}, ${middle}, [9, 8, 7])${crop}`;
          operations[code] = (image) => {
            const { matrix, ...size } = rotation(image, degrees, expand, center);
            const result = affineMap(image, size, matrix, interpolation, pixelOf(9, 8, 7));
            return expand ? cropPixels(result, { x: 0, y: 0, width: SIDE, height: SIDE }) : result;
          };
        }
      }
    }
  }
  compare(operations, colours(SIDE, SIDE));
});

test("tones are Pillow's", { skip }, () => {
  const operations: Record<string, (image: Pixels) => unknown> = {
    "F.autocontrast(image)": autocontrast,
    "F.equalize(image)": equalize,
  };
  for (const bits of [0, 1, 3, 8]) operations[`F.posterize(image, ${bits})`] = (image) => posterize(image, bits);
  for (const level of [0, 99.5, 255]) operations[`F.solarize(image, ${level})`] = (image) => solarize(image, level);
  for (const factor of [0, 0.4, 1, 1.9]) {
    operations[`F.adjust_sharpness(image, ${factor})`] = (image) => adjustSharpness(image, factor);
  }
  compare(operations);
  // A dull image, one colour, and fewer pixels than a smoothing needs.
  compare(operations, {
    width: 40,
    height: 30,
    data: colours(30, 40).data.map((pixel) => (pixel & 0x3f1f0f) + 0x101010),
  });
  compare(operations, { width: 20, height: 20, data: new Uint32Array(400).fill(0x123456) });
  compare(operations, colours(2, 9));
});

/** Every operation and magnitude of a space as torchvision has it. */
function compareSpace(name: string, space: string, greatest: Greatest, bins: number): void {
  for (const interpolation of ["nearest", "bilinear"] as const) {
    const moving = { interpolation, fill: [1, 2, 3] as const };
    const operations: Record<string, (image: Pixels) => unknown> = {};
    for (const operation of OPERATIONS) {
      if (operation === "Identity") continue;
      const hasOne = operation === "AutoContrast" || operation === "Equalize";
      const isSigned = OPERATIONS.indexOf(operation) < 10;
      for (let bin = 0; bin < (hasOne ? 1 : bins); bin++) {
        for (const sign of isSigned ? [1, -1] : [1]) {
          const magnitude = sign * magnitudeOf(operation, greatest, bin, bins);
          const theirs = hasOne ? "0.0" : `float(${space}["${operation}"][0][${bin}])`;
          const code = `_apply_op(image, "${operation}", ${sign} * ${theirs}, ${interpolation}, [1, 2, 3])`;
          operations[code] = (image) => augment(image, operation, magnitude, moving);
        }
      }
    }
    assert.ok(Object.keys(operations).length > 10 * bins, name);
    compare(operations, colours(18, 20));
  }
}

test("the operations of RandAugment are torchvision's, at every magnitude", { skip }, () => {
  const size = { height: 18, width: 20 };
  compareSpace("RandAugment", "RandAugment()._augmentation_space(31, (18, 20))", randAugmentGreatest(size), 31);
});

test("so are those of TrivialAugmentWide", { skip }, () => {
  compareSpace("TrivialAugmentWide", "TrivialAugmentWide()._augmentation_space(31)", TRIVIAL_AUGMENT_GREATEST, 31);
  compareSpace("TrivialAugmentWide", "TrivialAugmentWide()._augmentation_space(6)", TRIVIAL_AUGMENT_GREATEST, 6);
});
