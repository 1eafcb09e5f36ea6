import { colorJitter } from "./color-jitter.js";
import { centerCrop, randomCrop } from "./crop.js";
import { cutout } from "./cutout.js";
import type { ErasingDefinition, NamedDefinition, TransformDefinition } from "./definition.js";
import { randomHorizontalFlip } from "./flip.js";
import { grayscale, randomGrayscale } from "./grayscale.js";
import { randAugment } from "./rand-augment.js";
import { randomErasing } from "./random-erasing.js";
import { randomResizedCrop } from "./random-resized-crop.js";
import { randomRotation } from "./random-rotation.js";
import { resize } from "./resize.js";
import { normalize, toTensor } from "./to-tensor.js";
import { trivialAugmentWide } from "./trivial-augment-wide.js";

/** Transforms of images, before ToTensor. */
const IMAGE_TRANSFORMS = [
  randomCrop,
  randomHorizontalFlip,
  randomResizedCrop,
  resize,
  centerCrop,
  colorJitter,
  grayscale,
  randomGrayscale,
  randomRotation,
  randAugment,
  trivialAugmentWide,
] as const;

/** Transforms of tensors, after ToTensor, that overwrite rectangles. */
const ERASING_TRANSFORMS = [cutout, randomErasing] as const;

/** What makes a tensor of an image. */
const CONVERSIONS = [toTensor, normalize] as const;

type SettingsOf<Definition> = Definition extends { resolve(...args: never[]): infer Settings } ? Settings : never;

/** A transform of an image before it becomes a tensor. */
export type PixelTransform = SettingsOf<(typeof IMAGE_TRANSFORMS)[number]>;

type ErasingTransform = SettingsOf<(typeof ERASING_TRANSFORMS)[number]>;

/** A transform under torchvision's name, with every argument resolved. */
export type ImageTransform = PixelTransform | SettingsOf<(typeof CONVERSIONS)[number]> | ErasingTransform;

function byName<Definition extends { readonly name: string }>(definitions: readonly { readonly name: string }[]) {
  return new Map(definitions.map((definition) => [definition.name, definition as Definition]));
}

const imageTransforms = byName<TransformDefinition<ImageTransform>>(IMAGE_TRANSFORMS);
const erasingTransforms = byName<ErasingDefinition<ImageTransform>>(ERASING_TRANSFORMS);

/** The definitions of all transforms by name. */
export const transformDefinitions = byName<NamedDefinition<ImageTransform>>([
  ...IMAGE_TRANSFORMS,
  ...CONVERSIONS,
  ...ERASING_TRANSFORMS,
]);

/** The names of all transforms, as in torchvision. */
export const transformNames: readonly string[] = [...transformDefinitions.keys()];

/** The definition of a transform of images; nothing for one of tensors. */
export function imageTransformNamed(name: string): TransformDefinition<ImageTransform> | undefined {
  return imageTransforms.get(name);
}

/** The definition of a transform of tensors that erases; nothing for another one. */
export function erasingTransformNamed(name: string): ErasingDefinition<ImageTransform> | undefined {
  return erasingTransforms.get(name);
}
