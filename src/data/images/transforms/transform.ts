import type { CenterCrop, RandomCrop } from "./crop.js";
import type { Cutout } from "./cutout.js";
import type { RandomHorizontalFlip } from "./flip.js";
import type { Normalize, ToTensor } from "./normalize.js";
import type { RandomResizedCrop } from "./random-resized-crop.js";
import type { Resize } from "./resize.js";

/** What is done to an image, before it becomes a tensor. */
export type PixelTransform = RandomCrop | RandomHorizontalFlip | RandomResizedCrop | Resize | CenterCrop;

/** A step from an image to a sample, under torchvision's name, every argument resolved. */
export type ImageTransform = PixelTransform | ToTensor | Normalize | Cutout;

/** How images become samples when training and when evaluating. */
export interface ImageTransforms {
  /** Where they were read, for messages. */
  readonly file: string;
  readonly train: readonly ImageTransform[];
  readonly val: readonly ImageTransform[];
}
