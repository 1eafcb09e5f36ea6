import { z } from "zod";
import type { ImageSource } from "../image-source.js";
import { fillArgument, fillFrom, interpolationArgument, interpolationFrom } from "./affine-arguments.js";
import { type AugmentPixels, augmentedView, drawMagnitude, drawOperation, type Greatest } from "./augment-operation.js";
import { defineTransform, sameSize } from "./definition.js";
import type { Size } from "./size.js";

/**
 * torchvision's RandAugment: `numOps` uniformly random operations, one after another, of one magnitude.
 * Source: Cubuk et al., "RandAugment: Practical automated data augmentation with a reduced search space", 2019,
 * arXiv 1909.13719.
 */
export interface RandAugment extends AugmentPixels {
  readonly name: "RandAugment";
  readonly numOps: number;
  /** From 0 to `numMagnitudeBins` − 1. */
  readonly magnitude: number;
  readonly numMagnitudeBins: number;
}

/** The greatest magnitudes for images of a size; translations are up to 150 pixels of 331. */
export function randAugmentGreatest({ height, width }: Size): Greatest {
  return {
    ShearX: 0.3,
    ShearY: 0.3,
    TranslateX: (150 / 331) * width,
    TranslateY: (150 / 331) * height,
    Rotate: 30,
    Brightness: 0.9,
    Color: 0.9,
    Contrast: 0.9,
    Sharpness: 0.9,
    Posterize: 4,
  };
}

const maxOperations = 100;
const maxBins = 1000;

export const randAugment = defineTransform<RandAugment>()({
  name: "RandAugment",
  schema: z
    .strictObject({
      num_ops: z.int().min(0).max(maxOperations).default(2).describe(`an integer from 0 to ${maxOperations}`),
      magnitude: z.int().min(0).default(9).describe("an integer from 0 to num_magnitude_bins - 1"),
      num_magnitude_bins: z.int().min(2).max(maxBins).default(31).describe(`an integer from 2 to ${maxBins}`),
      interpolation: interpolationArgument(),
      fill: fillArgument(),
    })
    .refine((args) => args.magnitude < args.num_magnitude_bins, { path: ["magnitude"] }),
  resolve: (args) => ({
    name: "RandAugment",
    numOps: args.num_ops,
    magnitude: args.magnitude,
    numMagnitudeBins: args.num_magnitude_bins,
    interpolation: interpolationFrom(args.interpolation),
    fill: fillFrom(args.fill),
  }),
  apply: (source, settings, random) => {
    const greatest = randAugmentGreatest(source);
    let view: ImageSource = source;
    for (let index = 0; index < settings.numOps; index++) {
      const operation = drawOperation(random);
      const magnitude = drawMagnitude(operation, greatest, settings.magnitude, settings.numMagnitudeBins, random);
      view = augmentedView(view, operation, magnitude, settings);
    }
    return view;
  },
  outputSize: sameSize,
});
