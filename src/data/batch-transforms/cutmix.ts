import { z } from "zod";
import { copyInto } from "../../tensor/arithmetic.js";
import { clone, slice } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { drawBeta } from "../beta.js";
import type { Xoshiro128 } from "../prng.js";
import { alpha } from "./alpha.js";
import type { BatchTransformDefinition } from "./batch-transform.js";

export interface CutMixArgs {
  readonly alpha: number;
}

/**
 * CutMix: a box of an image is its partner's, the same box in all images of the batch. With λ ~ Beta(α, α) its sides are
 * √(1 − λ) of the image's; it is centred anywhere and clipped to the image, and λ becomes what is left outside it.
 * Source: Yun et al., "CutMix: Regularization Strategy to Train Strong Classifiers with Localizable Features", ICCV 2019,
 * arXiv 1905.04899.
 */
export const cutMix: BatchTransformDefinition<CutMixArgs> = {
  name: "CutMix",
  schema: z.strictObject({ alpha: alpha() }),
  applyBatch(images, partners, args, random) {
    const [, , height = 0, width = 0] = images.shape;
    const side = Math.sqrt(1 - drawBeta(args.alpha, random));
    const [left, right] = drawSpan(width, side, random);
    const [top, bottom] = drawSpan(height, side, random);
    const box = (x: Tensor) => slice(slice(x, 2, top, bottom), 3, left, right);
    const mixed = clone(images);
    copyInto(box(mixed), box(partners));
    return { images: mixed, share: 1 - ((bottom - top) * (right - left)) / (height * width) };
  },
};

/** From ⌊side · length / 2⌋ pixels before a centre to as many after it, clipped to 0 … length. */
function drawSpan(length: number, side: number, random: Xoshiro128): [number, number] {
  const half = Math.floor((side * length) / 2);
  const centre = random.below(length);
  return [Math.max(0, centre - half), Math.min(length, centre + half)];
}
