import type { Box, Pixels } from "./pixels.js";

/** Pixels for a box, which the caller may change, and the position of the box in them. */
export interface Region extends Pixels {
  /**
   * The requested box, in pixels of this region: all of it, unless a huge box was reduced (see `ImageSource.region`),
   * in which case its edges may lie within pixels.
   */
  readonly box: Box;
}

/** An image that is decoded or computed lazily, by region. */
export interface ImageSource {
  readonly width: number;
  readonly height: number;
  /**
   * The pixels inside `box`, which lies within the image.
   *
   * A box of more than `hugePixels` may be reduced by 2, 4 or 8 in both directions, so that memory stays bounded, but
   * to no less than twice `minWidth` × `minHeight`: with these equal to the box's size it never is.
   *
   * @throws BadImageError if the region cannot be decoded
   */
  region(box: Box, minWidth: number, minHeight: number): Promise<Region> | Region;
}

/** Up to this size (a hundred megabytes) a box is never reduced. */
export const hugePixels = 24_000_000;

/** The reduction of a box: the smallest of 1, 2, 4, 8 that makes it small enough, as far as its minimum size allows. */
export function reductionOf(box: Box, minWidth: number, minHeight: number): 1 | 2 | 4 | 8 {
  const scales = [1, 2, 4, 8] as const;
  const allowed = scales.filter(
    (scale) => scale === 1 || (box.width >= 2 * minWidth * scale && box.height >= 2 * minHeight * scale),
  );
  return allowed.find((scale) => box.width * box.height <= hugePixels * scale * scale) ?? allowed.at(-1) ?? 1;
}

/** A region at full size. */
export function wholeRegion(pixels: Pixels): Region {
  return { ...pixels, box: { x: 0, y: 0, width: pixels.width, height: pixels.height } };
}
