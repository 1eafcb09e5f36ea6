import { addon } from "../../tensor/addon.js";

/**
 * An image in memory, row by row: a 32-bit word per pixel, R in the lowest byte, then G and B; the highest is unused.
 */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** `[height, width]`. */
  readonly data: Uint32Array;
}

/** A box of whole pixels, its upper left corner at (x, y). */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The pixels inside `box`, which must lie within the image, else RangeError. */
export function cropPixels({ width, height, data }: Pixels, box: Box): Pixels {
  if (box.x < 0 || box.y < 0 || box.width < 1 || box.height < 1) throw outside(box, width, height);
  if (box.x + box.width > width || box.y + box.height > height) throw outside(box, width, height);
  const cropped = new Uint32Array(box.width * box.height);
  for (let y = 0; y < box.height; y++) {
    const begin = (box.y + y) * width + box.x;
    cropped.set(data.subarray(begin, begin + box.width), y * box.width);
  }
  return { width: box.width, height: box.height, data: cropped };
}

/** Mirrors the image left to right, in place. */
export function mirrorPixels({ width, height, data }: Pixels): void {
  for (let y = 0; y < height; y++) data.subarray(y * width, (y + 1) * width).reverse();
}

/**
 * The image `[rows.length, columns.length]` whose pixel (i, j) is pixel (rows[i], columns[j]) of `pixels`, or `fill`
 * where either is negative.
 */
export function gatherPixels(pixels: Pixels, columns: Int32Array, rows: Int32Array, fill: number): Pixels {
  const data = new Uint32Array(columns.length * rows.length).fill(fill);
  let target = 0;
  for (const row of rows) {
    const begin = row * pixels.width;
    for (const column of columns) {
      if (row >= 0 && column >= 0) data[target] = pixels.data[begin + column] ?? 0;
      target++;
    }
  }
  return { width: columns.length, height: rows.length, data };
}

/** A pixel of three bytes. */
export function pixelOf(red: number, green: number, blue: number): number {
  return (red | (green << 8) | (blue << 16)) >>> 0;
}

/** Writes the image as bytes `[height, width, 3]`; TypeError unless `into` is exactly that long. */
export function toRgb(pixels: Pixels, into: Uint8Array): void {
  addon().pixelsToRgb(pixels.data, into);
}

function outside(box: Box, width: number, height: number): RangeError {
  const found = `${box.width} × ${box.height} at (${box.x}, ${box.y})`;
  return new RangeError(`Expected a box of pixels inside ${width} × ${height}, found ${found}`);
}
