import type { ImageFiles } from "../dataset.js";
import { sizeAfter } from "./apply.js";
import { BadImageError } from "./bad-image-error.js";
import { openImageFile } from "./open-image.js";
import type { Size } from "./transforms/size.js";
import type { ImageTransform } from "./transforms/transform.js";

/** Images tried when the first ones cannot be read. */
const MAX_TRIES = 100;

/**
 * The size of the first readable image, which all images must have if the transforms do not fix it, as CIFAR-10's do
 * not. `null` if the transforms fix the size, or no image is readable.
 */
export async function firstSize(files: ImageFiles, transforms: readonly ImageTransform[]): Promise<Size | null> {
  if (sizeAfter(transforms, null) !== null) return null;
  for (let index = 0; index < Math.min(files.count, MAX_TRIES); index++) {
    try {
      const { height, width } = await openImageFile(files.path(index));
      return { height, width };
    } catch (error) {
      if (!(error instanceof BadImageError)) throw error;
    }
  }
  return null;
}
