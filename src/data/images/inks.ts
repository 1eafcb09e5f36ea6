import { pixelOf } from "./pixels.js";

/**
 * Converts CMYK to RGB as Pillow's `convert("RGB")`: with n = 255 − K, red is n − C·n / 255 rounded, green and blue the
 * same with M and Y. Colour profiles are ignored.
 *
 * @param inks C, M, Y and K of each pixel, bytes, 255 for all the ink there is
 * @param into a 32-bit word per pixel, as in `Pixels`
 */
export function inksToRgb(inks: Uint8Array, into: Uint32Array): void {
  for (let pixel = 0; pixel < into.length; pixel++) {
    const at = 4 * pixel;
    const white = 255 - (inks[at + 3] ?? 0);
    const without = (ink = 0) => white - Math.round((ink * white) / 255);
    into[pixel] = pixelOf(without(inks[at]), without(inks[at + 1]), without(inks[at + 2]));
  }
}
