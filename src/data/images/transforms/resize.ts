import { z } from "zod";
import { InputError } from "../../../text/errors.js";
import type { Interpolation } from "../resample.js";
import { resizedView } from "../views.js";
import { antialias, interpolation, interpolationOf, optionalPixelCount, size, sizeOf } from "./arguments.js";
import { defineTransform } from "./definition.js";
import { describeSize, type Size } from "./size.js";

/** torchvision's Resize. */
export interface Resize {
  readonly name: "Resize";
  /** The size, or the length of the shorter side, with the aspect ratio kept. */
  readonly size: number | Size;
  readonly interpolation: Interpolation;
  /**
   * Upper limit of the longer side, which shortens the other in proportion. Only if `size` is a number, and above it.
   */
  readonly maxSize: number | null;
}

export const resize = defineTransform<Resize>()({
  name: "Resize",
  schema: z.strictObject({
    size: size(),
    interpolation: interpolation(),
    max_size: optionalPixelCount(),
    antialias: antialias(),
  }),
  resolve: (args, context) => {
    const shorter = typeof args.size === "number" ? args.size : args.size.length === 1 ? args.size[0] : undefined;
    if (args.max_size !== null && (shorter === undefined || args.max_size <= shorter)) {
      const expected = shorter === undefined ? "null where size is [height, width]" : `more than size (${shorter})`;
      throw context.error("max_size", expected, args.max_size);
    }
    return {
      name: "Resize",
      size: shorter ?? sizeOf(args.size),
      interpolation: interpolationOf(args.interpolation),
      maxSize: args.max_size,
    };
  },
  apply: (source, spec) => {
    const { height, width } = resizedSize(spec, source);
    return resizedView(source, width, height, spec.interpolation);
  },
  outputSize: (spec, input) =>
    input === null ? (typeof spec.size === "number" ? null : spec.size) : resizedSize(spec, input),
});

/**
 * The size that an image is resized to; the dependent side is truncated to an integer.
 *
 * @throws InputError if a side would have no pixels
 */
export function resizedSize({ size, maxSize }: Resize, image: Size): Size {
  if (typeof size !== "number") return size;
  const [short, long] = [Math.min(image.width, image.height), Math.max(image.width, image.height)];
  let newShort = size;
  let newLong = Math.trunc((size * long) / short);
  if (maxSize !== null && newLong > maxSize) {
    newShort = Math.trunc((maxSize * newShort) / newLong);
    newLong = maxSize;
  }
  if (newShort < 1) {
    throw new InputError(
      `Resize: expected images that keep at least one pixel per side, found one of ${describeSize(image)}`,
    );
  }
  return image.width <= image.height ? { height: newLong, width: newShort } : { height: newShort, width: newLong };
}
