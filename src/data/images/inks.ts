import { pixelOf } from "./pixels.js";

/**
 * The colours of an image of four inks, as Pillow's `convert("RGB")` has them: with n = 255 − K, red is n − C·n / 255
 * rounded, green and blue the same of M and Y. No colour profile is looked at.
 *
 * @param inks C, M, Y and K of each pixel, bytes, 255 for all the ink there is
 * @param into a word a pixel, as in `Pixels`
 */
export function inksToRgb(inks: Uint8Array, into: Uint32Array): void {
  for (let pixel = 0; pixel < into.length; pixel++) {
    const at = 4 * pixel;
    const white = 255 - (inks[at + 3] ?? 0);
    const without = (ink = 0) => white - Math.round((ink * white) / 255);
    into[pixel] = pixelOf(without(inks[at]), without(inks[at + 1]), without(inks[at + 2]));
  }
}
