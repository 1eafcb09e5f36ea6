import type { Xoshiro128 } from "../../prng.js";
import { type AffineInterpolation, type AffineMatrix, affineMap } from "../affine.js";
import { adjustBrightness, adjustContrast, adjustSaturation } from "../color.js";
import type { ImageSource } from "../image-source.js";
import { type Pixels, pixelOf } from "../pixels.js";
import { rotation } from "../rotation.js";
import { adjustSharpness, autocontrast, equalize, posterize, solarize } from "../tone.js";
import { mappedWholeView } from "../views.js";
import { roundHalfEven } from "./size.js";

/** The 14 operations that RandAugment and TrivialAugmentWide choose from, in torchvision's order. */
export const OPERATIONS = [
  "Identity",
  "ShearX",
  "ShearY",
  "TranslateX",
  "TranslateY",
  "Rotate",
  "Brightness",
  "Color",
  "Contrast",
  "Sharpness",
  "Posterize",
  "Solarize",
  "AutoContrast",
  "Equalize",
] as const;

export type Operation = (typeof OPERATIONS)[number];

/** More than float32 rounds a magnitude by, in pixels. */
const ROUNDING = 1e-5;

const SIGNED: readonly Operation[] = OPERATIONS.slice(1, 10);

/** The greatest magnitude of each operation; of Posterize, how many bits it drops. */
export type Greatest = Readonly<
  Record<Exclude<Operation, "Identity" | "Solarize" | "AutoContrast" | "Equalize">, number>
>;

/** How pixels are moved. */
export interface AugmentPixels {
  readonly interpolation: AffineInterpolation;
  readonly fill: readonly [number, number, number];
}

/** A uniformly random operation. */
export function drawOperation(random: Xoshiro128): Operation {
  return OPERATIONS[random.below(OPERATIONS.length)] ?? "Identity";
}

/**
 * The magnitude of bin `bin` of `bins` ≥ 2, evenly from 0 to the greatest (Solarize: a threshold, from 255 down; Posterize: a
 * number of bits, from 8 down, rounded), of either sign where the operation has two directions.
 */
export function drawMagnitude(
  operation: Operation,
  greatest: Greatest,
  bin: number,
  bins: number,
  random: Xoshiro128,
): number {
  const size = magnitudeOf(operation, greatest, bin, bins);
  return SIGNED.includes(operation) && random.below(2) === 1 ? -size : size;
}

/** The magnitude without its sign. */
export function magnitudeOf(operation: Operation, greatest: Greatest, bin: number, bins: number): number {
  if (operation === "Identity" || operation === "AutoContrast" || operation === "Equalize") return 0;
  if (operation === "Posterize") return 8 - roundHalfEven((greatest.Posterize * bin) / (bins - 1));
  return operation === "Solarize" ? evenly(255, 0, bin, bins) : evenly(0, greatest[operation], bin, bins);
}

/** PyTorch's `linspace(start, end, steps)[index]` in float32, which counts from the nearer end. */
function evenly(start: number, end: number, index: number, steps: number): number {
  const step = Math.fround((Math.fround(end) - start) / (steps - 1));
  return index < Math.floor(steps / 2)
    ? Math.fround(start + step * index)
    : Math.fround(Math.fround(end) - step * (steps - 1 - index));
}

/** Pixels of a translation: without its fraction, but whole where only rounding made it less. */
function wholePixels(magnitude: number): number {
  return Math.trunc(magnitude + Math.sign(magnitude) * ROUNDING);
}

/** The image after one operation. */
export function augmentedView(
  source: ImageSource,
  operation: Operation,
  magnitude: number,
  moving: AugmentPixels,
): ImageSource {
  if (operation === "Identity") return source;
  return mappedWholeView(source, (pixels) => augment(pixels, operation, magnitude, moving));
}

/** One operation on a whole image: torchvision's `_apply_op`. */
export function augment(
  pixels: Pixels,
  operation: Exclude<Operation, "Identity">,
  magnitude: number,
  moving: AugmentPixels,
): Pixels {
  const move = (matrix: AffineMatrix) =>
    affineMap(pixels, pixels, matrix, moving.interpolation, pixelOf(...moving.fill));
  switch (operation) {
    case "ShearX":
      return move([1, magnitude, 0, 0, 1, 0]);
    case "ShearY":
      return move([1, 0, 0, magnitude, 1, 0]);
    case "TranslateX":
      return move([1, 0, -wholePixels(magnitude), 0, 1, 0]);
    case "TranslateY":
      return move([1, 0, 0, 0, 1, -wholePixels(magnitude)]);
    case "Rotate":
      return move(rotation(pixels, magnitude, false, null).matrix);
    case "Brightness":
      return adjustBrightness(pixels, 1 + magnitude);
    case "Color":
      return adjustSaturation(pixels, 1 + magnitude);
    case "Contrast":
      return adjustContrast(pixels, 1 + magnitude);
    case "Sharpness":
      return adjustSharpness(pixels, 1 + magnitude);
    case "Posterize":
      return posterize(pixels, magnitude);
    case "Solarize":
      return solarize(pixels, magnitude);
    case "AutoContrast":
      return autocontrast(pixels);
    case "Equalize":
      return equalize(pixels);
  }
}
