import { z } from "zod";
import type { Xoshiro128 } from "../../prng.js";
import type { ImageSource } from "../image-source.js";
import type { Box } from "../pixels.js";
import type { Interpolation } from "../resample.js";
import { croppedView, resizedView } from "../views.js";
import { antialias, interpolation, interpolationOf, pairOf, positiveRange, size, sizeOf } from "./arguments.js";
import { defineTransform } from "./definition.js";
import { roundHalfEven, type Size } from "./size.js";

/** torchvision's RandomResizedCrop: a crop of random area and aspect ratio, resized to `size`. */
export interface RandomResizedCrop {
  readonly name: "RandomResizedCrop";
  readonly size: Size;
  /** Range of the crop's area as a fraction of the image's; uniform. */
  readonly scale: readonly [number, number];
  /** Range of the crop's width ÷ height; log-uniform. */
  readonly ratio: readonly [number, number];
  readonly interpolation: Interpolation;
}

const maxTries = 10;

export const randomResizedCrop = defineTransform<RandomResizedCrop>()({
  name: "RandomResizedCrop",
  schema: z.strictObject({
    size: size(),
    scale: positiveRange([0.08, 1], 1),
    ratio: positiveRange([3 / 4, 4 / 3]),
    interpolation: interpolation(),
    antialias: antialias(),
  }),
  resolve: (args) => ({
    name: "RandomResizedCrop",
    size: sizeOf(args.size),
    scale: pairOf(args.scale),
    ratio: pairOf(args.ratio),
    interpolation: interpolationOf(args.interpolation),
  }),
  apply: cropAndResize,
  outputSize: (crop) => crop.size,
});

function cropAndResize(source: ImageSource, crop: RandomResizedCrop, random: Xoshiro128): ImageSource {
  const box = drawCrop(source, crop, random);
  return resizedView(croppedView(source, box), crop.size.width, crop.size.height, crop.interpolation);
}

/**
 * Draws the crop: with area a = scale · H · W and ratio r, w = round(√(a r)) and h = round(√(a / r)), anywhere. After
 * ten draws that do not fit, the largest centre crop whose aspect ratio is within the range.
 */
export function drawCrop(image: Size, { scale, ratio }: RandomResizedCrop, random: Xoshiro128): Box {
  const { width, height } = image;
  for (let attempt = 0; attempt < maxTries; attempt++) {
    const area = height * width * random.uniform(scale[0], scale[1]);
    const aspect = Math.exp(random.uniform(Math.log(ratio[0]), Math.log(ratio[1])));
    const w = roundHalfEven(Math.sqrt(area * aspect));
    const h = roundHalfEven(Math.sqrt(area / aspect));
    if (w > 0 && w <= width && h > 0 && h <= height) {
      const y = random.below(height - h + 1);
      return { x: random.below(width - w + 1), y, width: w, height: h };
    }
  }
  return middle(width, height, ratio);
}

function middle(width: number, height: number, ratio: readonly [number, number]): Box {
  const aspect = width / height;
  let [w, h] = [width, height];
  // At least one pixel: torchvision fails if a crop rounds to none.
  if (aspect < ratio[0]) h = Math.max(1, roundHalfEven(w / ratio[0]));
  else if (aspect > ratio[1]) w = Math.max(1, roundHalfEven(h * ratio[1]));
  return { x: Math.floor((width - w) / 2), y: Math.floor((height - h) / 2), width: w, height: h };
}
