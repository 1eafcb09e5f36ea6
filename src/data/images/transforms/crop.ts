import { z } from "zod";
import { InputError } from "../../../text/errors.js";
import type { Xoshiro128 } from "../../prng.js";
import type { ImageSource } from "../image-source.js";
import { pixelOf } from "../pixels.js";
import { croppedView, type Padding, type PaddingMode, paddedView } from "../views.js";
import { fill, paddingDescription, paddingMode, paddingOf, paddingSides, size, sizeOf, threeOf } from "./arguments.js";
import { defineTransform } from "./definition.js";
import { describeSize, roundHalfEven, type Size } from "./size.js";

/** torchvision's RandomCrop: a crop of `size` at a uniformly random position in the padded image. */
export interface RandomCrop {
  readonly name: "RandomCrop";
  readonly size: Size;
  readonly padding: Padding;
  /** Pads an image that is still too small, on both sides by what is missing. */
  readonly padIfNeeded: boolean;
  /** Red, green and blue of the padding in the mode `constant`, bytes. */
  readonly fill: readonly [number, number, number];
  readonly paddingMode: PaddingMode;
}

/** torchvision's CenterCrop: the middle of the image; a smaller image is padded with black. */
export interface CenterCrop {
  readonly name: "CenterCrop";
  readonly size: Size;
}

const noPadding: Padding = { left: 0, top: 0, right: 0, bottom: 0 };

export const randomCrop = defineTransform<RandomCrop>()({
  name: "RandomCrop",
  schema: z.strictObject({
    size: size(),
    padding: paddingSides().nullable().default(null).describe(`null, ${paddingDescription}`),
    pad_if_needed: z.boolean().default(false).describe("true or false"),
    fill: fill(),
    padding_mode: paddingMode(),
  }),
  resolve: (args) => ({
    name: "RandomCrop",
    size: sizeOf(args.size),
    padding: paddingOf(args.padding),
    padIfNeeded: args.pad_if_needed,
    fill: threeOf(args.fill),
    paddingMode: args.padding_mode,
  }),
  apply: cropAtRandom,
  outputSize: randomCropSize,
});

export const centerCrop = defineTransform<CenterCrop>()({
  name: "CenterCrop",
  schema: z.strictObject({ size: size() }),
  resolve: (args) => ({ name: "CenterCrop", size: sizeOf(args.size) }),
  apply: cropCenter,
  outputSize: (crop) => crop.size,
});

/** Throws InputError for an image that is smaller than the crop. */
function cropAtRandom(source: ImageSource, crop: RandomCrop, random: Xoshiro128): ImageSource {
  let view = source;
  const pad = (padding: Padding) => {
    view = paddedView(view, padding, crop.paddingMode, pixelOf(...crop.fill));
  };
  const { padding, size } = crop;
  if (padding.left + padding.top + padding.right + padding.bottom > 0) pad(padding);
  if (crop.padIfNeeded) {
    const { lackX, lackY } = lackOf(view, size);
    if (lackX > 0) pad({ ...noPadding, left: lackX, right: lackX });
    if (lackY > 0) pad({ ...noPadding, top: lackY, bottom: lackY });
  }
  checkFits(view, size);
  if (view.width === size.width && view.height === size.height) return view;
  const y = random.below(view.height - size.height + 1);
  const x = random.below(view.width - size.width + 1);
  return croppedView(view, { x, y, ...size });
}

/** The size of the output. Throws InputError naming `place` if the image's size is known and smaller. */
function randomCropSize({ size, padding, padIfNeeded }: RandomCrop, input: Size | null, place: string): Size {
  if (input !== null && !padIfNeeded) {
    const height = input.height + padding.top + padding.bottom;
    checkFits({ height, width: input.width + padding.left + padding.right }, size, `${place}: RandomCrop`);
  }
  return size;
}

function cropCenter(source: ImageSource, { size }: CenterCrop): ImageSource {
  const { lackX, lackY } = lackOf(source, size);
  const left = Math.floor(lackX / 2);
  const top = Math.floor(lackY / 2);
  const padding = { left, top, right: lackX - left, bottom: lackY - top };
  const view = lackX + lackY > 0 ? paddedView(source, padding, "constant", 0) : source;
  const y = roundHalfEven((view.height - size.height) / 2);
  const x = roundHalfEven((view.width - size.width) / 2);
  return croppedView(view, { x, y, ...size });
}

/** By how many pixels an image is too small. */
function lackOf(image: Size, size: Size): { lackX: number; lackY: number } {
  return {
    lackX: Math.max(0, size.width - image.width),
    lackY: Math.max(0, size.height - image.height),
  };
}

function checkFits(image: Size, size: Size, place = "RandomCrop"): void {
  if (image.height >= size.height && image.width >= size.width) return;
  throw new InputError(
    `${place}: expected images of at least ${describeSize(size)} with their padding, found ${describeSize(image)}; ` +
      "set pad_if_needed or resize first",
  );
}
