import { z } from "zod";
import { drawNormal } from "../../normal.js";
import type { Xoshiro128 } from "../../prng.js";
import { inplace, pairOf, positiveRange, probability, threeOf } from "./arguments.js";
import { defineErasing, type Sample } from "./definition.js";
import type { Erasure, Rectangle } from "./erasure.js";
import type { PerChannel } from "./normalization.js";
import { roundHalfEven, type Size } from "./size.js";

/**
 * torchvision's RandomErasing: overwrites a rectangle of random area, aspect ratio and place. Source: Zhong et al.,
 * "Random Erasing Data Augmentation", AAAI 2020, arXiv 1708.04896.
 */
export interface RandomErasing {
  readonly name: "RandomErasing";
  readonly p: number;
  /** Range of the rectangle's area as a fraction of the image's; uniform. */
  readonly scale: readonly [number, number];
  /** Range of the rectangle's height ÷ width; log-uniform. */
  readonly ratio: readonly [number, number];
  /** What is written into each channel; `random`: standard normal numbers, one for each element. */
  readonly value: PerChannel | "random";
}

const MAX_TRIES = 10;

export const randomErasing = defineErasing<RandomErasing>()({
  name: "RandomErasing",
  schema: z.strictObject({
    p: probability(0.5),
    scale: positiveRange([0.02, 0.33], 1),
    ratio: positiveRange([0.3, 3.3]),
    value: z
      .union([z.number(), z.array(z.number()).length(3), z.literal("random")])
      .default(0)
      .describe('a number, 3 of them, or "random"'),
    inplace: inplace(),
  }),
  resolve: ({ p, scale, ratio, value }) => ({
    name: "RandomErasing",
    p,
    scale: pairOf(scale),
    ratio: pairOf(ratio),
    value: value === "random" ? value : threeOf(value),
  }),
  erase: (erasing, sample, random) => {
    if (random.uniform(0, 1) >= erasing.p) return null;
    const rectangle = drawRectangle(erasing, sample.size, random);
    return rectangle && filled(rectangle, erasing.value, sample, random);
  },
});

/**
 * Draws the rectangle: with area a = scale · H · W and ratio r, h = round(√(a r)) and w = round(√(a / r)), anywhere.
 * `null` after ten draws that do not leave a row and a column of the image.
 */
function drawRectangle({ scale, ratio }: RandomErasing, { height, width }: Size, random: Xoshiro128): Rectangle | null {
  for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
    const area = height * width * random.uniform(...scale);
    const aspect = Math.exp(random.uniform(Math.log(ratio[0]), Math.log(ratio[1])));
    const h = roundHalfEven(Math.sqrt(area * aspect));
    const w = roundHalfEven(Math.sqrt(area / aspect));
    if (h < 1 || h >= height || w < 1 || w >= width) continue;
    const top = random.below(height - h + 1);
    const left = random.below(width - w + 1);
    return { top, left, bottom: top + h, right: left + w };
  }
  return null;
}

function filled(
  rectangle: Rectangle,
  value: RandomErasing["value"],
  { normalized }: Sample,
  random: Xoshiro128,
): Erasure {
  if (value !== "random") {
    return { ...rectangle, fill: [normalized(value[0], 0), normalized(value[1], 1), normalized(value[2], 2)] };
  }
  const elements = (rectangle.bottom - rectangle.top) * (rectangle.right - rectangle.left);
  const fill = Float32Array.from({ length: 3 * elements }, (_, at) =>
    normalized(drawNormal(random), Math.floor(at / elements)),
  );
  return { ...rectangle, fill };
}
