import { InputError } from "../../text/errors.js";
import type { Xoshiro128 } from "../prng.js";
import type { ImageSource } from "./image-source.js";
import { toRgb } from "./pixels.js";
import { centerCrop, randomCrop, randomCropSize } from "./transforms/crop.js";
import { blacken, drawCutout, type Rectangle } from "./transforms/cutout.js";
import { randomHorizontalFlip } from "./transforms/flip.js";
import { identityNormalization, type Normalization } from "./transforms/normalize.js";
import { checkOrder } from "./transforms/order.js";
import { randomResizedCrop } from "./transforms/random-resized-crop.js";
import { definitionOf } from "./transforms/registry.js";
import { resize, resizedSize } from "./transforms/resize.js";
import { describeSize, type Size } from "./transforms/size.js";
import type { ImageTransform } from "./transforms/transform.js";

/** What is left to do after a batch of samples is normalized. */
export interface Remainder {
  /** Rectangles to zero in the sample: Cutout after Normalize. */
  readonly cutouts: readonly Rectangle[];
}

/**
 * Applies transforms to one image: draws random numbers in the order of the transforms and writes the bytes
 * `[height, width, 3]` that ToTensor would divide by 255. Only the region of the image that is needed is decoded.
 *
 * Normalize is applied to a whole batch later (`normalization`). A Cutout before Normalize is written as black; one
 * after it is returned.
 *
 * @param random the sample's own random stream, the only source of randomness
 * @param into of `outputSize` · 3 bytes, else TypeError; its memory may be shared
 * @throws BadImageError if the image cannot be decoded; InputError if it does not fit the transforms (smaller than a
 *   RandomCrop) or they are out of order
 */
export async function applyTransforms(
  source: ImageSource,
  transforms: readonly ImageTransform[],
  random: Xoshiro128,
  into: Uint8Array,
): Promise<Remainder> {
  checkOrder(transforms);
  let view = source;
  let isNormalized = false;
  const black: Rectangle[] = [];
  const cutouts: Rectangle[] = [];
  for (const transform of transforms) {
    switch (transform.name) {
      case "RandomCrop":
        view = randomCrop(view, transform, random);
        break;
      case "RandomHorizontalFlip":
        view = randomHorizontalFlip(view, transform, random);
        break;
      case "RandomResizedCrop":
        view = randomResizedCrop(view, transform, random);
        break;
      case "Resize":
        view = resize(view, transform);
        break;
      case "CenterCrop":
        view = centerCrop(view, transform);
        break;
      case "Normalize":
        isNormalized = true;
        break;
      case "Cutout":
        (isNormalized ? cutouts : black).push(drawCutout(transform, view, random));
        break;
      case "ToTensor":
        break;
      default:
        view = definitionOf(transform).apply(view, transform, random);
    }
  }
  const { width, height } = view;
  toRgb(await view.region({ x: 0, y: 0, width, height }, width, height), into);
  for (const rectangle of black) blacken(into, width, rectangle);
  return { cutouts };
}

/**
 * The size of every sample.
 *
 * @param input the size of the images, or null if it varies
 * @param place name of the list in errors, such as `file.json: train`
 * @throws InputError if the samples would differ in size, or the images do not fit the transforms
 */
export function outputSize(transforms: readonly ImageTransform[], input: Size | null, place = "transforms"): Size {
  checkOrder(transforms, place);
  const size = sizeAfter(transforms, input, place);
  if (size === null) {
    throw new InputError(
      `${place}: expected samples of one size, found ${transforms.map(({ name }) => name).join(", ")}, which leave ` +
        "each image its own; add RandomResizedCrop, RandomCrop or CenterCrop, or Resize with [height, width]",
    );
  }
  if (size.width * size.height * 3 > maxSampleBytes) {
    throw new InputError(`${place}: expected samples of at most ${maxSampleBytes} bytes, found ${describeSize(size)}`);
  }
  return size;
}

/** The size of an image's sample; `null` if it depends on an input size that is unknown (`null`). */
export function sizeAfter(
  transforms: readonly ImageTransform[],
  input: Size | null,
  place = "transforms",
): Size | null {
  let size = input;
  for (const transform of transforms) {
    switch (transform.name) {
      case "RandomCrop":
        size = randomCropSize(transform, size, place);
        break;
      case "RandomResizedCrop":
      case "CenterCrop":
        size = transform.size;
        break;
      case "Resize":
        if (size !== null) size = resizedSize(transform, size);
        else if (typeof transform.size !== "number") size = transform.size;
        break;
      case "RandomHorizontalFlip":
      case "ToTensor":
      case "Normalize":
      case "Cutout":
        break;
      default:
        size = definitionOf(transform).outputSize(transform, size);
    }
  }
  return size;
}

/** A larger sample is a mistake in a file, and would fail later for no visible reason. */
const maxSampleBytes = 2 ** 28;

/** The normalization of a batch: Normalize's, or the identity without one. */
export function normalization(transforms: readonly ImageTransform[]): Normalization {
  for (const transform of transforms) {
    if (transform.name === "Normalize") return { mean: transform.mean, std: transform.std };
  }
  return identityNormalization;
}
