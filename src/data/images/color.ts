import { type Pixels, pixelOf } from "./pixels.js";

// Changes of colour as Pillow's, bit for bit, in place. Pillow computes in float32: `Math.fround` where it rounds.

/** The luminance of a pixel, (19595 R + 38470 G + 7471 B) / 2^16 rounded: ITU-R 601-2. */
export function luminance(pixel: number): number {
  const [red, green, blue] = [pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255];
  return (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
}

/** Replaces each colour by its luminance. */
export function toGray(pixels: Pixels): Pixels {
  const { data } = pixels;
  for (let at = 0; at < data.length; at++) {
    const gray = luminance(data[at] ?? 0);
    data[at] = pixelOf(gray, gray, gray);
  }
  return pixels;
}

/** Blends each byte x with black: x ← f x, clipped to a byte. */
export function adjustBrightness(pixels: Pixels, factor: number): Pixels {
  const { data } = pixels;
  const blend = blender(factor);
  for (let at = 0; at < data.length; at++) data[at] = blend(0, data[at] ?? 0);
  return pixels;
}

/** Blends each byte x with the rounded mean m of the whole image's luminance: x ← m + f (x − m), clipped. */
export function adjustContrast(pixels: Pixels, factor: number): Pixels {
  const { data } = pixels;
  let sum = 0;
  for (const pixel of data) sum += luminance(pixel);
  const mean = Math.floor(sum / data.length + 0.5);
  const gray = pixelOf(mean, mean, mean);
  const blend = blender(factor);
  for (let at = 0; at < data.length; at++) data[at] = blend(gray, data[at] ?? 0);
  return pixels;
}

/** Blends each byte x with the pixel's luminance l: x ← l + f (x − l), clipped. */
export function adjustSaturation(pixels: Pixels, factor: number): Pixels {
  const { data } = pixels;
  const blend = blender(factor);
  for (let at = 0; at < data.length; at++) {
    const pixel = data[at] ?? 0;
    const gray = luminance(pixel);
    data[at] = blend(pixelOf(gray, gray, gray), pixel);
  }
  return pixels;
}

/** Shifts the hue, a byte of Pillow's HSV, by 255 · `factor` towards 0, modulo 256. */
export function adjustHue(pixels: Pixels, factor: number): Pixels {
  const { data } = pixels;
  const shift = Math.trunc(factor * 255);
  for (let at = 0; at < data.length; at++) {
    const [hue, saturation, value] = toHsv(data[at] ?? 0);
    data[at] = fromHsv((hue + shift) & 255, saturation, value);
  }
  return pixels;
}

/** Gives the blend of two pixels, from + f (to − from) of each byte, truncated and clipped. */
export function blender(factor: number): (from: number, to: number) => number {
  const alpha = Math.fround(factor);
  if (alpha === 1) return (_from, to) => to;
  const byte = (from: number, to: number) => {
    const value = Math.fround(from + Math.fround(alpha * (to - from)));
    return value <= 0 ? 0 : value >= 255 ? 255 : Math.trunc(value);
  };
  return (from, to) =>
    pixelOf(
      byte(from & 255, to & 255),
      byte((from >> 8) & 255, (to >> 8) & 255),
      byte((from >> 16) & 255, (to >> 16) & 255),
    );
}

/** Hue, saturation and value of a pixel, bytes as Pillow's. */
function toHsv(pixel: number): [number, number, number] {
  const [red, green, blue] = [pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255];
  const most = Math.max(red, green, blue);
  const range = most - Math.min(red, green, blue);
  if (range === 0) return [0, 0, most];
  const below = (channel: number) => Math.fround((most - channel) / range);
  let turn: number;
  if (red === most) turn = below(blue) - below(green);
  else if (green === most) turn = 2 + below(red) - below(blue);
  else turn = 4 + below(green) - below(red);
  const hue = Math.fround((Math.fround(turn) / 6 + 1) % 1);
  return [Math.trunc(hue * 255), Math.trunc(Math.fround(range / most) * 255), most];
}

function fromHsv(hue: number, saturation: number, value: number): number {
  if (saturation === 0) return pixelOf(value, value, value);
  const turn = (hue * 6) / 255;
  const sector = Math.floor(turn);
  const rest = Math.fround(turn - sector);
  const purity = Math.fround(saturation / 255);
  const low = Math.round(value * (1 - purity));
  const falling = Math.round(value * (1 - Math.fround(purity * rest)));
  const rising = Math.round(value * (1 - purity * (1 - rest)));
  switch (sector % 6) {
    case 0:
      return pixelOf(value, rising, low);
    case 1:
      return pixelOf(falling, value, low);
    case 2:
      return pixelOf(low, value, rising);
    case 3:
      return pixelOf(low, falling, value);
    case 4:
      return pixelOf(rising, low, value);
    default:
      return pixelOf(value, low, falling);
  }
}
