import { z } from "zod";
import { addInPlace, mul } from "../../tensor/arithmetic.js";
import { drawBeta } from "../beta.js";
import { alpha } from "./alpha.js";
import type { BatchTransformDefinition } from "./batch-transform.js";

export interface MixUpArgs {
  readonly alpha: number;
}

/**
 * MixUp: λ x + (1 − λ) x′ of an image x and its partner x′, with one λ ~ Beta(α, α) for the batch.
 * Source: Zhang et al., "mixup: Beyond Empirical Risk Minimization", ICLR 2018, arXiv 1710.09412.
 */
export const mixUp: BatchTransformDefinition<MixUpArgs> = {
  name: "MixUp",
  schema: z.strictObject({ alpha: alpha() }),
  applyBatch(images, partners, args, random) {
    const share = drawBeta(args.alpha, random);
    // The product has the images' memory format.
    const mixed = mul(images, share);
    addInPlace(mixed, mul(partners, 1 - share));
    return { images: mixed, share };
  },
};
