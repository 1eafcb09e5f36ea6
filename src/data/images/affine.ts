import type { Pixels } from "./pixels.js";

/** x' = a x + b y + c, y' = d x + e y + f: from a pixel of the output to its place in the input. */
export type AffineMatrix = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** How an affine map reads between pixels. */
export type AffineInterpolation = "nearest" | "bilinear";

/**
 * The image `[height, width]` whose pixel (x, y) is the input's at `matrix` · (x + 1/2, y + 1/2), and `fill` where that
 * lies outside. Bit-exact with Pillow's `Image.transform`: the nearest pixel is found in 16.16 fixed point, while
 * bilinear interpolation works in double precision and truncates.
 */
export function affineMap(
  input: Pixels,
  { width, height }: { readonly width: number; readonly height: number },
  matrix: AffineMatrix,
  interpolation: AffineInterpolation,
  fill: number,
): Pixels {
  const data = new Uint32Array(width * height).fill(fill);
  const output = { width, height, data };
  if (interpolation === "nearest") mapNearest(input, output, matrix);
  else mapBilinear(input, output, matrix);
  return output;
}

function mapNearest(input: Pixels, { width, height, data }: Pixels, [a, b, c, d, e, f]: AffineMatrix): void {
  const fixed = (value: number) => Math.floor(value * 65536 + 0.5);
  const [stepX, rowX, stepY, rowY] = [fixed(a), fixed(b), fixed(d), fixed(e)];
  const startX = fixed(c + a * 0.5 + b * 0.5);
  const startY = fixed(f + d * 0.5 + e * 0.5);
  for (let y = 0, target = 0; y < height; y++) {
    let x16 = startX + y * rowX;
    let y16 = startY + y * rowY;
    for (let x = 0; x < width; x++, target++, x16 += stepX, y16 += stepY) {
      const fromX = Math.floor(x16 / 65536);
      const fromY = Math.floor(y16 / 65536);
      if (fromX < 0 || fromX >= input.width || fromY < 0 || fromY >= input.height) continue;
      data[target] = input.data[fromY * input.width + fromX] ?? 0;
    }
  }
}

function mapBilinear(input: Pixels, { width, height, data }: Pixels, [a, b, c, d, e, f]: AffineMatrix): void {
  for (let y = 0, target = 0; y < height; y++) {
    for (let x = 0; x < width; x++, target++) {
      const fromX = a * (x + 0.5) + b * (y + 0.5) + c;
      const fromY = d * (x + 0.5) + e * (y + 0.5) + f;
      if (fromX < 0 || fromX >= input.width || fromY < 0 || fromY >= input.height) continue;
      data[target] = between(input, fromX - 0.5, fromY - 0.5);
    }
  }
}

/** The colour at (x, y), pixels' centres being whole numbers; beyond the outermost centres it is theirs. */
function between({ width, height, data }: Pixels, x: number, y: number): number {
  const left = Math.floor(x);
  const top = Math.floor(y);
  const [x0, x1] = [Math.max(0, left), Math.min(width - 1, left + 1)];
  const [y0, y1] = [Math.max(0, top), Math.min(height - 1, top + 1)];
  const [p00 = 0, p01 = 0] = [data[y0 * width + x0], data[y0 * width + x1]];
  const [p10 = 0, p11 = 0] = [data[y1 * width + x0], data[y1 * width + x1]];
  let pixel = 0;
  for (let shift = 0; shift < 24; shift += 8) {
    const byte = (word: number) => (word >> shift) & 255;
    const above = byte(p00) + (byte(p01) - byte(p00)) * (x - left);
    const below = byte(p10) + (byte(p11) - byte(p10)) * (x - left);
    pixel |= Math.trunc(above + (below - above) * (y - top)) << shift;
  }
  return pixel;
}
