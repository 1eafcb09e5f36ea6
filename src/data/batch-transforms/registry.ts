import type { Tensor } from "../../tensor/tensor.js";
import type { Xoshiro128 } from "../prng.js";
import type { MixedImages } from "./batch-transform.js";
import { type CutMixArgs, cutMix } from "./cutmix.js";
import { type MixUpArgs, mixUp } from "./mixup.js";

/** A batch transform under torchvision's name, with every argument resolved. */
export type BatchTransform = ({ readonly name: "MixUp" } & MixUpArgs) | ({ readonly name: "CutMix" } & CutMixArgs);

/** Every batch transform, by name. */
export const BATCH_TRANSFORMS = { MixUp: mixUp, CutMix: cutMix } as const;

/** Mixes images with their partners, both `[B, C, H, W]`, by one transform. */
export function applyBatch(
  images: Tensor,
  partners: Tensor,
  { name, ...args }: BatchTransform,
  random: Xoshiro128,
): MixedImages {
  return BATCH_TRANSFORMS[name].applyBatch(images, partners, args, random);
}
