import type { Box, Pixels } from "./pixels.js";

/** What a source gives for a box: pixels that the caller may change, and where in them the box lies. */
export interface Region extends Pixels {
  /**
   * The box asked for, in pixels of this region: all of it, but where a huge box came reduced (see `ImageSource.region`).
   * Then edges may lie within pixels.
   */
  readonly box: Box;
}

/** An image that is decoded, or worked out, only where it is looked at. */
export interface ImageSource {
  readonly width: number;
  readonly height: number;
  /**
   * The pixels inside `box`, which lies within the image.
   *
   * A box of more than `hugePixels` may come reduced by 2, 4 or 8 both ways, so that memory stays bounded, but to no less
   * than twice `minWidth` × `minHeight`: with these as the box's own size it never is.
   *
   * @throws BadImageError when what was looked at cannot be decoded
   */
  region(box: Box, minWidth: number, minHeight: number): Promise<Region> | Region;
}

/** Up to here (a hundred megabytes) a box is never reduced. */
export const hugePixels = 24_000_000;

/** By how much a box is reduced: the least of 1, 2, 4, 8 that makes it small enough, as far as its least size allows. */
export function reductionOf(box: Box, minWidth: number, minHeight: number): 1 | 2 | 4 | 8 {
  const scales = [1, 2, 4, 8] as const;
  const allowed = scales.filter(
    (scale) => scale === 1 || (box.width >= 2 * minWidth * scale && box.height >= 2 * minHeight * scale),
  );
  return allowed.find((scale) => box.width * box.height <= hugePixels * scale * scale) ?? allowed.at(-1) ?? 1;
}

/** A region that was not reduced. */
export function wholeRegion(pixels: Pixels): Region {
  return { ...pixels, box: { x: 0, y: 0, width: pixels.width, height: pixels.height } };
}
