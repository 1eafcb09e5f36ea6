import { z } from "zod";
import type { Xoshiro128 } from "../../prng.js";
import { pixelCount } from "./arguments.js";
import { defineErasing } from "./definition.js";
import type { Rectangle } from "./erasure.js";
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

export const cutout = defineErasing<Cutout>()({
  name: "Cutout",
  schema: z.strictObject({ length: pixelCount() }),
  resolve: ({ length }) => ({ name: "Cutout", length }),
  erase: (transform, { size, normalized }, random) => ({
    ...drawCutout(transform, size, random),
    fill: [normalized(0, 0), normalized(0, 1), normalized(0, 2)],
  }),
});

/** Draws the square's position in an image of `size`, clipped to it. */
function drawCutout({ length }: Cutout, size: Size, random: Xoshiro128): Rectangle {
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
