import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { affineMap } from "./affine.js";
import { adjustBrightness, adjustContrast, adjustHue, adjustSaturation, toGray } from "./color.js";
import { cropPixels, type Pixels, pixelOf, toRgb } from "./pixels.js";
import { rotation } from "./rotation.js";

// Compared with torchvision on Pillow images, where a Python with them is found: any colour, sizes that are not square.

const PYTHON = "/usr/bin/python3";
const hasTorchvision = spawnSync(PYTHON, ["-c", "import torchvision, PIL"]).status === 0;
const skip = hasTorchvision ? false : "no torchvision";

const SCRIPT = `
import sys, numpy as np, torch
from PIL import Image
import torchvision.transforms.functional as F
from torchvision.transforms import InterpolationMode
from torchvision.transforms.autoaugment import _apply_op
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
