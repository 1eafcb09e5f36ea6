import type { z } from "zod";
import type { Tensor } from "../../tensor/tensor.js";
import type { Xoshiro128 } from "../prng.js";

/** What a batch transform makes of a batch. */
export interface MixedImages {
  /** `[B, C, H, W]` */
  readonly images: Tensor;
  /** How much of each image is its own, λ in [0, 1]; 1 − λ is its partner's. */
  readonly share: number;
}

/** A transform that mixes each image of a batch with a partner from the same batch. */
export interface BatchTransformDefinition<Args> {
  /** torchvision's, as in a transform JSON. */
  readonly name: string;
  /** The arguments, with torchvision's names and defaults. */
  readonly schema: z.ZodObject<{ readonly [Key in keyof Args]: z.ZodType<Args[Key]> }, z.core.$strict>;
  /**
   * Mixes images with their partners, both `[B, C, H, W]` and left as they are. What is random comes from `random`
   * alone: the stream of this batch.
   */
  applyBatch(images: Tensor, partners: Tensor, args: Args, random: Xoshiro128): MixedImages;
}
