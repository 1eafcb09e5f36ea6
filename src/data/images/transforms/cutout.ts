import type { Xoshiro128 } from "../../prng.js";
import type { Size } from "./size.js";

/**
 * Cutout: zeroes a square of `length` pixels in every channel, centred anywhere in the image and clipped to it.
 * Source: DeVries and Taylor, "Improved Regularization of Convolutional Neural Networks with Cutout", 2017,
 * arXiv 1708.04552, whose code takes ⌊length / 2⌋ pixels on either side: an odd length acts as one less.
 */
export interface Cutout {
  readonly name: "Cutout";
  /** Pixels. */
  readonly length: number;
}

/** Rows top … bottom − 1 and columns left … right − 1. */
export interface Rectangle {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

/** Draws the square's position in an image of `size`, clipped to it. */
export function drawCutout({ length }: Cutout, size: Size, random: Xoshiro128): Rectangle {
  const half = Math.floor(length / 2);
  const y = random.below(size.height);
  const x = random.below(size.width);
  return {
    top: Math.max(0, y - half),
    left: Math.max(0, x - half),
    bottom: Math.min(size.height, y + half),
    right: Math.min(size.width, x + half),
  };
}

/** Zeroes a rectangle of bytes `[height, width, 3]`. */
export function blacken(bytes: Uint8Array, width: number, { top, left, bottom, right }: Rectangle): void {
  for (let y = top; y < bottom; y++) bytes.fill(0, (y * width + left) * 3, (y * width + right) * 3);
}
