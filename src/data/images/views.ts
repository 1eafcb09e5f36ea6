import { type ImageSource, type Region, wholeRegion } from "./image-source.js";
import { type Box, cropPixels, gatherPixels, mirrorPixels, type Pixels } from "./pixels.js";
import { type Interpolation, inputBox, type Resizing, resampleRegion } from "./resample.js";

// Lazy views of an image: a region of a view requests only the pixels of the underlying image that it depends on. A
// random crop decodes the crop alone, and of a resized image that is cropped only the crop is computed.

/** The part of the image inside `box`, as an image. */
export function croppedView(source: ImageSource, box: Box): ImageSource {
  return {
    width: box.width,
    height: box.height,
    region: ({ x, y, width, height }, minWidth, minHeight) =>
      source.region({ x: box.x + x, y: box.y + y, width, height }, minWidth, minHeight),
  };
}

/** The image mirrored left to right. */
export function mirroredView(source: ImageSource): ImageSource {
  return {
    width: source.width,
    height: source.height,
    async region({ x, y, width, height }, minWidth, minHeight): Promise<Region> {
      const behind = { x: source.width - x - width, y, width, height };
      const region = await source.region(behind, minWidth, minHeight);
      mirrorPixels(region);
      const { box } = region;
      return { ...region, box: { ...box, x: region.width - box.x - box.width } };
    },
  };
}

/** The image changed in place by `change`, which maps each pixel by itself. */
export function mappedView(source: ImageSource, change: (pixels: Pixels) => void): ImageSource {
  return {
    width: source.width,
    height: source.height,
    async region(box, minWidth, minHeight): Promise<Region> {
      const region = await source.region(box, minWidth, minHeight);
      change(region);
      return region;
    },
  };
}

/** The image that `change` makes of all of it at full size: the same pixels changed, or new ones, of the same size. */
export function mappedWholeView(source: ImageSource, change: (pixels: Pixels) => Pixels): ImageSource {
  return remadeView(source, source, change);
}

/** The image of `size` that `make` makes of all of it at full size. */
export function remadeView(
  source: ImageSource,
  { width, height }: { readonly width: number; readonly height: number },
  make: (pixels: Pixels) => Pixels,
): ImageSource {
  return {
    width,
    height,
    async region(box): Promise<Region> {
      const all = { x: 0, y: 0, width: source.width, height: source.height };
      return wholeRegion(cropPixels(make(await source.region(all, source.width, source.height)), box));
    },
  };
}

/** The image resized to `width` × `height` pixels, by Pillow's antialiased resampling. */
export function resizedView(
  source: ImageSource,
  width: number,
  height: number,
  interpolation: Interpolation,
): ImageSource {
  if (source.width === width && source.height === height) return source;
  const resizing: Resizing = { fromWidth: source.width, fromHeight: source.height, width, height, interpolation };
  return {
    width,
    height,
    async region(box): Promise<Region> {
      const from = inputBox(resizing, box);
      return wholeRegion(resampleRegion(await source.region(from, box.width, box.height), from, resizing, box));
    },
  };
}

/** Pixels added at each side, ≥ 0. */
export interface Padding {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/**
 * Padding modes: `constant` the fill; `edge` the nearest pixel; `reflect` mirrored at the outermost pixels
 * (… 2 1 0 1 2 …); `symmetric` at the edges (… 1 0 0 1 …). The last two repeat periodically, as NumPy's.
 */
export type PaddingMode = "constant" | "edge" | "reflect" | "symmetric";

/** The image with pixels added around it. */
export function paddedView(source: ImageSource, padding: Padding, mode: PaddingMode, fill: number): ImageSource {
  return {
    width: padding.left + source.width + padding.right,
    height: padding.top + source.height + padding.bottom,
    async region(box): Promise<Region> {
      const columns = indices(box.x - padding.left, box.width, source.width, mode);
      const rows = indices(box.y - padding.top, box.height, source.height, mode);
      const [x, endX] = extent(columns);
      const [y, endY] = extent(rows);
      // Padding only: one pixel is read all the same, so that a damaged image is noticed.
      const behind = { x, y, width: endX - x, height: endY - y };
      const pixels = await source.region(behind, behind.width, behind.height);
      return wholeRegion(gatherPixels(pixels, shifted(columns, x), shifted(rows, y), fill));
    },
  };
}

/** The pixels of the image at positions first … first + count − 1, which may lie outside it; −1 for the fill. */
function indices(first: number, count: number, size: number, mode: PaddingMode): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => indexOf(first + i, size, mode));
}

function indexOf(position: number, size: number, mode: PaddingMode): number {
  if (position >= 0 && position < size) return position;
  switch (mode) {
    case "constant":
      return -1;
    case "edge":
      return position < 0 ? 0 : size - 1;
    case "reflect":
      return size === 1 ? 0 : folded(position, 2 * (size - 1));
    case "symmetric": {
      const place = modulo(position, 2 * size);
      return Math.min(place, 2 * size - 1 - place);
    }
  }
}

function folded(position: number, period: number): number {
  const place = modulo(position, period);
  return Math.min(place, period - place);
}

function modulo(value: number, period: number): number {
  return ((value % period) + period) % period;
}

/** The range [min, max + 1) of the indices that are not −1; [0, 1) if all are. */
function extent(all: Int32Array): [number, number] {
  let least = Number.POSITIVE_INFINITY;
  let end = 0;
  for (const index of all) {
    if (index >= 0 && index < least) least = index;
    if (index + 1 > end) end = index + 1;
  }
  return end === 0 ? [0, 1] : [least, end];
}

function shifted(all: Int32Array, by: number): Int32Array {
  return all.map((index) => (index < 0 ? -1 : index - by));
}
