import { z } from "zod";
import { type AffineInterpolation, affineMap } from "../affine.js";
import type { ImageSource } from "../image-source.js";
import { pixelOf } from "../pixels.js";
import { rotation } from "../rotation.js";
import { remadeView } from "../views.js";
import { fillArgument, fillFrom, interpolationArgument, interpolationFrom } from "./affine-arguments.js";
import { defineTransform } from "./definition.js";

/** torchvision's RandomRotation: turns the image counterclockwise by a uniformly random angle. */
export interface RandomRotation {
  readonly name: "RandomRotation";
  /** Range of the angle. */
  readonly degrees: readonly [number, number];
  readonly interpolation: AffineInterpolation;
  /** Makes the output large enough for the whole rotated image. */
  readonly expand: boolean;
  /** [x, y] in pixels from the upper left corner; null: the middle of the image. */
  readonly center: readonly [number, number] | null;
  /** Red, green and blue outside of the image, bytes. */
  readonly fill: readonly [number, number, number];
}

export const randomRotation = defineTransform<RandomRotation>()({
  name: "RandomRotation",
  schema: z.strictObject({
    degrees: z
      .union([
        z.number().min(0),
        z
          .array(z.number())
          .length(2)
          .refine(([min = 0, max = 0]) => min <= max),
      ])
      .describe("a number ≥ 0, or [min, max] with min ≤ max"),
    interpolation: interpolationArgument(),
    expand: z.boolean().default(false).describe("true or false"),
    center: z.array(z.number()).length(2).nullable().default(null).describe("null or [x, y]"),
    fill: fillArgument(),
  }),
  resolve: ({ degrees, interpolation, expand, center, fill }) => {
    const [min = 0, max = 0] = typeof degrees === "number" ? [0 - degrees, degrees] : degrees;
    const [x = 0, y = 0] = center ?? [];
    return {
      name: "RandomRotation",
      degrees: [min, max],
      interpolation: interpolationFrom(interpolation),
      expand,
      center: center === null ? null : [x, y],
      fill: fillFrom(fill),
    };
  },
  apply: (source, settings, random) => rotated(source, settings, random.uniform(...settings.degrees)),
  outputSize: ({ expand }, input) => (expand ? null : input),
});

function rotated(source: ImageSource, settings: RandomRotation, degrees: number): ImageSource {
  const { matrix, width, height } = rotation(source, degrees, settings.expand, settings.center);
  const fill = pixelOf(...settings.fill);
  const size = { width, height };
  return remadeView(source, size, (pixels) => affineMap(pixels, size, matrix, settings.interpolation, fill));
}
