import { z } from "zod";
import { fillArgument, fillFrom, interpolationArgument, interpolationFrom } from "./affine-arguments.js";
import { type AugmentPixels, augmentedView, drawMagnitude, drawOperation, type Greatest } from "./augment-operation.js";
import { defineTransform, sameSize } from "./definition.js";

/**
 * torchvision's TrivialAugmentWide: one uniformly random operation of uniformly random magnitude.
 * Source: Müller and Hutter, "TrivialAugment: Tuning-free Yet State-of-the-Art Data Augmentation", 2021,
 * arXiv 2103.10158.
 */
export interface TrivialAugmentWide extends AugmentPixels {
  readonly name: "TrivialAugmentWide";
  readonly numMagnitudeBins: number;
}

/** The greatest magnitudes, whatever the size of the images; translations in pixels. */
export const TRIVIAL_AUGMENT_GREATEST: Greatest = {
  ShearX: 0.99,
  ShearY: 0.99,
  TranslateX: 32,
  TranslateY: 32,
  Rotate: 135,
  Brightness: 0.99,
  Color: 0.99,
  Contrast: 0.99,
  Sharpness: 0.99,
  Posterize: 6,
};

const maxBins = 1000;

export const trivialAugmentWide = defineTransform<TrivialAugmentWide>()({
  name: "TrivialAugmentWide",
  schema: z.strictObject({
    num_magnitude_bins: z.int().min(2).max(maxBins).default(31).describe(`an integer from 2 to ${maxBins}`),
    interpolation: interpolationArgument(),
    fill: fillArgument(),
  }),
  resolve: ({ num_magnitude_bins, interpolation, fill }) => ({
    name: "TrivialAugmentWide",
    numMagnitudeBins: num_magnitude_bins,
    interpolation: interpolationFrom(interpolation),
    fill: fillFrom(fill),
  }),
  apply: (source, settings, random) => {
    const bins = settings.numMagnitudeBins;
    const operation = drawOperation(random);
    const magnitude = drawMagnitude(operation, TRIVIAL_AUGMENT_GREATEST, random.below(bins), bins, random);
    return augmentedView(source, operation, magnitude, settings);
  },
  outputSize: sameSize,
});
