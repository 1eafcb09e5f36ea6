import sharp, { type Sharp } from "sharp";

/** An image for tests, of waves and noise, so that no two places look the same. */
export function makeImage(width: number, height: number, channels: 3 | 4 = 3): Sharp {
  return sharp(imageBytes(width, height, channels), { raw: { width, height, channels } });
}

/** Its bytes, `[height, width, channels]`. */
export function imageBytes(width: number, height: number, channels: 3 | 4 = 3): Uint8Array {
  const bytes = new Uint8Array(width * height * channels);
  let state = 12345;
  for (let i = 0; i < bytes.length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    const pixel = Math.floor(i / channels);
    const wave = Math.sin((pixel % width) * 0.21 + (i % channels)) + Math.cos(Math.floor(pixel / width) * 0.17);
    bytes[i] = 128 + 45 * wave + ((state >>> 16) % 64) - 32;
  }
  return bytes;
}
