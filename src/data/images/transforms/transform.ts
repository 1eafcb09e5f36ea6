import type { BatchMix } from "../../batch-transforms/batch-mix.js";
import type { CenterCrop, RandomCrop } from "./crop.js";
import type { Cutout } from "./cutout.js";
import type { RandomHorizontalFlip } from "./flip.js";
import type { Normalize, ToTensor } from "./normalize.js";
import type { RandomResizedCrop } from "./random-resized-crop.js";
import type { DefinedTransform } from "./registry.js";
import type { Resize } from "./resize.js";

/** A transform of an image before it becomes a tensor. */
export type PixelTransform =
  | RandomCrop
  | RandomHorizontalFlip
  | RandomResizedCrop
  | Resize
  | CenterCrop
  | DefinedTransform;

/** A transform under torchvision's name, with every argument resolved. */
export type ImageTransform = PixelTransform | ToTensor | Normalize | Cutout;

/** The transforms of the training and of the validation split, and of whole training batches. */
export interface ImageTransforms {
  /** The file they were read from, for messages. */
  readonly file: string;
  readonly train: readonly ImageTransform[];
  readonly val: readonly ImageTransform[];
  /** How images of a training batch are mixed; missing: they are not. */
  readonly batch?: BatchMix;
}
