import { z } from "zod";
import type { Xoshiro128 } from "../../prng.js";
import { adjustBrightness, adjustContrast, adjustHue, adjustSaturation } from "../color.js";
import type { ImageSource } from "../image-source.js";
import { mappedView, mappedWholeView } from "../views.js";
import { defineTransform, sameSize } from "./definition.js";

/** torchvision's ColorJitter: each of four changes by a uniformly random factor, in random order. */
export interface ColorJitter {
  readonly name: "ColorJitter";
  /** Ranges of the factors; [1, 1] leaves the image as it is. */
  readonly brightness: readonly [number, number];
  readonly contrast: readonly [number, number];
  readonly saturation: readonly [number, number];
  /** In turns, within [−0.5, 0.5]; [0, 0] leaves the image as it is. */
  readonly hue: readonly [number, number];
}

const isAscending = ([min = 0, max = 0]: readonly number[]) => min <= max;

const factor = () =>
  z
    .union([z.number().min(0), z.array(z.number().min(0)).length(2).refine(isAscending)])
    .default(0)
    .describe("a number ≥ 0, or [min, max] with 0 ≤ min ≤ max");

const hue = () =>
  z
    .union([z.number().min(0).max(0.5), z.array(z.number().min(-0.5).max(0.5)).length(2).refine(isAscending)])
    .default(0)
    .describe("a number from 0 to 0.5, or [min, max] with -0.5 ≤ min ≤ max ≤ 0.5");

/** A single number d means [1 − d, 1 + d], and no factor is below 0. */
function factorRange(given: number | readonly number[]): readonly [number, number] {
  const [min = 0, max = 0] = typeof given === "number" ? [Math.max(0, 1 - given), 1 + given] : given;
  return [min, max];
}

function hueRange(given: number | readonly number[]): readonly [number, number] {
  const [min = 0, max = 0] = typeof given === "number" ? [0 - given, given] : given;
  return [min, max];
}

export const colorJitter = defineTransform<ColorJitter>()({
  name: "ColorJitter",
  schema: z.strictObject({ brightness: factor(), contrast: factor(), saturation: factor(), hue: hue() }),
  resolve: (args) => ({
    name: "ColorJitter",
    brightness: factorRange(args.brightness),
    contrast: factorRange(args.contrast),
    saturation: factorRange(args.saturation),
    hue: hueRange(args.hue),
  }),
  apply: jittered,
  outputSize: sameSize,
});

function jittered(source: ImageSource, jitter: ColorJitter, random: Xoshiro128): ImageSource {
  const draw = ([min, max]: readonly [number, number]) => random.uniform(min, max);
  const brightness = draw(jitter.brightness);
  const contrast = draw(jitter.contrast);
  const saturation = draw(jitter.saturation);
  const turn = draw(jitter.hue);
  const changes: ((view: ImageSource) => ImageSource)[] = [
    (view) => (brightness === 1 ? view : mappedView(view, (pixels) => adjustBrightness(pixels, brightness))),
    // The mean is the whole image's.
    (view) => (contrast === 1 ? view : mappedWholeView(view, (pixels) => adjustContrast(pixels, contrast))),
    (view) => (saturation === 1 ? view : mappedView(view, (pixels) => adjustSaturation(pixels, saturation))),
    (view) => (isZeroRange(jitter.hue) ? view : mappedView(view, (pixels) => adjustHue(pixels, turn))),
  ];
  let view = source;
  while (changes.length > 0) {
    const [change] = changes.splice(random.below(changes.length), 1);
    view = change?.(view) ?? view;
  }
  return view;
}

/** Hue 0 is not the same as none: the conversion to HSV and back rounds. */
function isZeroRange([min, max]: readonly [number, number]): boolean {
  return min === 0 && max === 0;
}
