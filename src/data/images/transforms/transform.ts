import type { BatchMix } from "../../batch-transforms/batch-mix.js";
import type { ImageTransform } from "./registry.js";

export type { ImageTransform, PixelTransform } from "./registry.js";

/** The transforms of the training and of the validation split, and of whole training batches. */
export interface ImageTransforms {
  /** The file they were read from, for messages. */
  readonly file: string;
  readonly train: readonly ImageTransform[];
  readonly val: readonly ImageTransform[];
  /** How images of a training batch are mixed; missing: they are not. */
  readonly batch?: BatchMix;
}
