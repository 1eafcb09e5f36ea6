import { addon } from "../../tensor/addon.js";
import type { ResampleAxis } from "../../tensor/addon-types.js";
import type { Region } from "./image-source.js";
import type { Box, Pixels } from "./pixels.js";

/** Pillow's filters, by Pillow's names. */
export type Interpolation = "nearest" | "lanczos" | "bilinear" | "bicubic" | "box" | "hamming";

/** Their numbers in Pillow, and the support of each at full size, in pixels. */
const filters: Readonly<Record<Interpolation, { readonly number: number; readonly reach: number }>> = {
  nearest: { number: 0, reach: 0.5 },
  lanczos: { number: 1, reach: 3 },
  bilinear: { number: 2, reach: 1 },
  bicubic: { number: 3, reach: 2 },
  box: { number: 4, reach: 0.5 },
  hamming: { number: 5, reach: 1 },
};

/** The names of the filters, indexed by their numbers in Pillow: `nearest` is 0, `bilinear` 2. */
export const interpolations: readonly Interpolation[] = ["nearest", "lanczos", "bilinear", "bicubic", "box", "hamming"];

/** How a whole image is resized. */
export interface Resizing {
  readonly fromWidth: number;
  readonly fromHeight: number;
  readonly width: number;
  readonly height: number;
  readonly interpolation: Interpolation;
}

/** The box of the input that `box` of the output is computed from, with a margin of one pixel on each side. */
export function inputBox(resizing: Resizing, box: Box): Box {
  const { reach } = filters[resizing.interpolation];
  const [x, endX] = inputSpan(resizing.fromWidth, resizing.width, reach, box.x, box.x + box.width);
  const [y, endY] = inputSpan(resizing.fromHeight, resizing.height, reach, box.y, box.y + box.height);
  return { x, y, width: endX - x, height: endY - y };
}

/**
 * The pixels of `box` of the resized image, by Pillow's antialiased resampling: `native/images/resample.h` has the
 * equation. Bit-exact with Pillow, unless the input was reduced.
 *
 * @param input the region of `from`, which is `inputBox` of `box`
 */
export function resampleRegion(input: Region, from: Box, resizing: Resizing, box: Box): Pixels {
  const horizontal = axisOf(
    { length: input.width, begin: input.box.x, covered: input.box.width },
    { begin: from.x, length: from.width },
    { full: resizing.fromWidth, size: resizing.width, first: box.x, count: box.width },
  );
  const vertical = axisOf(
    { length: input.height, begin: input.box.y, covered: input.box.height },
    { begin: from.y, length: from.height },
    { full: resizing.fromHeight, size: resizing.height, first: box.y, count: box.height },
  );
  const data = addon().resample(input.data, horizontal, vertical, filters[resizing.interpolation].number);
  return { width: box.width, height: box.height, data };
}

/**
 * @param region its length, and where in it the part `from` of the image lies
 * @param wanted pixels `first` … `first + count − 1` of `size`, to which all `full` of the image are resized
 */
function axisOf(
  region: { length: number; begin: number; covered: number },
  from: { begin: number; length: number },
  { full, size, first, count }: { full: number; size: number; first: number; count: number },
): ResampleAxis {
  // At full size the positions are Pillow's bit for bit. A reduced region has its own pixel grid.
  if (region.length === from.length) return [from.begin, region.length, 0, full, size, first, count];
  const scale = region.covered / from.length;
  const begin = region.begin - from.begin * scale;
  return [0, region.length, begin, begin + full * scale, size, first, count];
}

function inputSpan(full: number, size: number, reach: number, first: number, end: number): [number, number] {
  const scale = full / size;
  const radius = reach * Math.max(scale, 1) + 1;
  const begin = Math.max(0, Math.floor((first + 0.5) * scale - radius));
  return [Math.min(begin, full - 1), Math.min(full, Math.ceil((end - 0.5) * scale + radius))];
}
