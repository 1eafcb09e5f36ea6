import { InputError } from "../../text/errors.js";
import type { Xoshiro128 } from "../prng.js";
import type { ImageSource } from "./image-source.js";
import { toRgb } from "./pixels.js";
import type { Erasure } from "./transforms/erasure.js";
import { identityNormalization, type Normalization } from "./transforms/normalization.js";
import { checkOrder } from "./transforms/order.js";
import { erasingTransformNamed, imageTransformNamed } from "./transforms/registry.js";
import { describeSize, type Size } from "./transforms/size.js";
import type { ImageTransform } from "./transforms/transform.js";

/** What is left to do after a batch of samples is normalized. */
export interface Remainder {
  /** Rectangles to overwrite in the sample, in this order. */
  readonly erasures: readonly Erasure[];
}

/**
 * Applies transforms to one image: draws random numbers in the order of the transforms and writes the bytes
 * `[height, width, 3]` that ToTensor would divide by 255. Only the region of the image that is needed is decoded.
 *
 * Normalize is applied to a whole batch later (`normalization`), and after it what transforms of tensors erase.
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
  const { mean, std } = normalization(transforms);
  let normalized = (value: number, channel: number) => (value - (mean[channel] ?? 0)) / (std[channel] ?? 1);
  let view = source;
  const erasures: Erasure[] = [];
  for (const transform of transforms) {
    view = imageTransformNamed(transform.name)?.apply(view, transform, random) ?? view;
    if (transform.name === "Normalize") normalized = (value) => value;
    const erasure = erasingTransformNamed(transform.name)?.erase(transform, { size: view, normalized }, random);
    if (erasure) erasures.push(erasure);
  }
  const { width, height } = view;
  toRgb(await view.region({ x: 0, y: 0, width, height }, width, height), into);
  return { erasures };
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
    const definition = imageTransformNamed(transform.name);
    if (definition !== undefined) size = definition.outputSize(transform, size, place);
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
