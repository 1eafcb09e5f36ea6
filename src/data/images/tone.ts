import { blender } from "./color.js";
import type { Pixels } from "./pixels.js";

// Changes of tone as Pillow's ImageOps and ImageEnhance, bit for bit.

const CHANNEL_SHIFTS = [0, 8, 16] as const;

/** Maps each byte x of a channel to `tables[channel][x]`, in place. */
function mapBytes(pixels: Pixels, [red, green, blue]: readonly Uint8Array[]): Pixels {
  const { data } = pixels;
  for (let at = 0; at < data.length; at++) {
    const pixel = data[at] ?? 0;
    const [r = 0, g = 0, b = 0] = [red?.[pixel & 255], green?.[(pixel >> 8) & 255], blue?.[(pixel >> 16) & 255]];
    data[at] = r | (g << 8) | (b << 16);
  }
  return pixels;
}

function sameTable(map: (byte: number) => number): Uint8Array[] {
  const table = Uint8Array.from({ length: 256 }, (_, byte) => map(byte));
  return [table, table, table];
}

/** How often each byte occurs in a channel. */
function histogram({ data }: Pixels, shift: number): Uint32Array {
  const counts = new Uint32Array(256);
  for (const pixel of data) {
    const byte = (pixel >> shift) & 255;
    counts[byte] = (counts[byte] ?? 0) + 1;
  }
  return counts;
}

const identity = () => Uint8Array.from({ length: 256 }, (_, byte) => byte);

/** Keeps the `bits` highest bits of each byte, from 0 to 8. */
export function posterize(pixels: Pixels, bits: number): Pixels {
  return mapBytes(
    pixels,
    sameTable((byte) => byte & ~(2 ** (8 - bits) - 1)),
  );
}

/** Replaces each byte x from `threshold` on by 255 − x. */
export function solarize(pixels: Pixels, threshold: number): Pixels {
  return mapBytes(
    pixels,
    sameTable((byte) => (byte < threshold ? byte : 255 - byte)),
  );
}

/** Stretches each channel linearly, so that its least byte becomes 0 and its greatest 255. */
export function autocontrast(pixels: Pixels): Pixels {
  const tables = CHANNEL_SHIFTS.map((shift) => {
    const counts = histogram(pixels, shift);
    const least = counts.findIndex((count) => count > 0);
    const greatest = counts.findLastIndex((count) => count > 0);
    if (greatest <= least) return identity();
    const scale = 255 / (greatest - least);
    const offset = -least * scale;
    return Uint8Array.from({ length: 256 }, (_, byte) => Math.min(255, Math.max(0, Math.trunc(byte * scale + offset))));
  });
  return mapBytes(pixels, tables);
}

/** Makes the cumulative histogram of each channel as linear as a map of bytes can. */
export function equalize(pixels: Pixels): Pixels {
  const tables = CHANNEL_SHIFTS.map((shift) => {
    const counts = histogram(pixels, shift);
    const greatest = counts.findLast((count) => count > 0) ?? 0;
    const step = Math.floor((pixels.data.length - greatest) / 255);
    // A single byte in the channel, or too few pixels for a step.
    if (step === 0) return identity();
    let sum = Math.floor(step / 2);
    return counts.reduce((table, count, byte) => {
      table[byte] = Math.min(255, Math.floor(sum / step));
      sum += count;
      return table;
    }, new Uint8Array(256));
  });
  return mapBytes(pixels, tables);
}

/**
 * Blends each byte x with its smoothed value s: x ← s + f (x − s), clipped. s is the mean of the 3 × 3 pixels around
 * it, the middle one five times, rounded; the outermost pixels stay as they are.
 */
export function adjustSharpness({ width, height, data }: Pixels, factor: number): Pixels {
  const blend = blender(factor);
  const result = data.slice();
  for (let y = 1; y < height - 1; y++) {
    for (let at = y * width + 1; at < (y + 1) * width - 1; at++) {
      let smooth = 0;
      for (const shift of CHANNEL_SHIFTS) {
        let sum = 4 * (((data[at] ?? 0) >> shift) & 255);
        for (let row = at - width; row <= at + width; row += width) {
          for (let near = row - 1; near <= row + 1; near++) sum += ((data[near] ?? 0) >> shift) & 255;
        }
        smooth |= Math.floor(sum / 13 + 0.5) << shift;
      }
      result[at] = blend(smooth, data[at] ?? 0);
    }
  }
  return { width, height, data: result };
}
