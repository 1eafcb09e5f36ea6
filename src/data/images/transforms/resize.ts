import { InputError } from "../../../text/errors.js";
import type { ImageSource } from "../image-source.js";
import type { Interpolation } from "../resample.js";
import { resizedView } from "../views.js";
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

export function resize(source: ImageSource, spec: Resize): ImageSource {
  const { height, width } = resizedSize(spec, source);
  return resizedView(source, width, height, spec.interpolation);
}

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
