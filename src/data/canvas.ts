import type { Xoshiro128 } from "./prng.js";

/** Side of the square canvas, pixels. */
export const canvasSide = 32;

const pixels = canvasSide * canvasSide;

/** Cells of the texture on each side; its random values sit at their corners. */
const cells = 4;
const cornersPerSide = cells + 1;

/**
 * A colour that varies over the canvas, `[4, 3]`: four terms, each of red, green and blue, in 0 … 255.
 *
 * At a point it is term 0 (the colour at the centre) + x · term 1 + y · term 2 + texture · term 3, with x, y and the
 * texture in −1 … 1.
 */
export type Paint = Float64Array;

/** The points at most `reachX` and `reachY` pixels from a centre. */
export interface Box {
  readonly centreX: number;
  readonly centreY: number;
  readonly reachX: number;
  readonly reachY: number;
}

/**
 * A floating-point canvas for an RGB image of 32 × 32 pixels.
 *
 * Only + − × ÷, square root, rounding and comparisons are used, which every machine computes alike: an image is a
 * bit-exact function of its random stream.
 */
export class Canvas {
  /** `[3, 32, 32]` */
  readonly #values = new Float64Array(3 * pixels);
  /** Smooth random texture in [−1, 1], `[32, 32]`. */
  readonly #texture = new Float64Array(pixels);
  readonly #corners = new Float64Array(cornersPerSide * cornersPerSide);

  /** Covers everything with `paint`, with a texture drawn from `random`. */
  fill(paint: Paint, random: Xoshiro128): void {
    this.#drawTexture(random);
    for (let row = 0; row < canvasSide; row++) {
      for (let column = 0; column < canvasSide; column++) this.#blend(paint, row, column, 1);
    }
  }

  /**
   * Paints the inside of an outline, its edge blended over one pixel.
   *
   * @param box nothing outside it is painted
   * @param distance signed distance in pixels from a point (pixels; a pixel's centre is at its index + ½) to the
   *   outline, negative inside
   */
  draw(paint: Paint, box: Box, distance: (x: number, y: number) => number): void {
    const left = Math.max(0, Math.floor(box.centreX - box.reachX));
    const right = Math.min(canvasSide, Math.floor(box.centreX + box.reachX) + 1);
    const bottom = Math.min(canvasSide, Math.floor(box.centreY + box.reachY) + 1);
    for (let row = Math.max(0, Math.floor(box.centreY - box.reachY)); row < bottom; row++) {
      for (let column = left; column < right; column++) {
        const coverage = 0.5 - distance(column + 0.5, row + 0.5);
        if (coverage > 0) this.#blend(paint, row, column, Math.min(1, coverage));
      }
    }
  }

  /** Adds uniform noise in ±`amplitude` to every value and writes the rounded bytes to `image`, `[3, 32, 32]`. */
  develop(amplitude: number, random: Xoshiro128, image: Uint8Array): void {
    const clamped = new Uint8ClampedArray(image.buffer, image.byteOffset, image.length);
    for (let pixel = 0; pixel < pixels; pixel++) {
      const bits = random.uint32();
      for (let channel = 0; channel < 3; channel++) {
        const noise = ((bits >>> (8 * channel)) & 0xff) / 127.5 - 1;
        clamped[channel * pixels + pixel] = (this.#values[channel * pixels + pixel] ?? 0) + amplitude * noise;
      }
    }
  }

  #blend(paint: Paint, row: number, column: number, coverage: number): void {
    const x = (column + 0.5) / (canvasSide / 2) - 1;
    const y = (row + 0.5) / (canvasSide / 2) - 1;
    let at = row * canvasSide + column;
    const texture = this.#texture[at] ?? 0;
    for (let channel = 0; channel < 3; channel++) {
      const painted =
        (paint[channel] ?? 0) +
        (paint[3 + channel] ?? 0) * x +
        (paint[6 + channel] ?? 0) * y +
        (paint[9 + channel] ?? 0) * texture;
      const below = this.#values[at] ?? 0;
      this.#values[at] = below + coverage * (painted - below);
      at += pixels;
    }
  }

  /** Value noise: random values at the corners of 4 × 4 cells, interpolated linearly between them. */
  #drawTexture(random: Xoshiro128): void {
    const corners = this.#corners;
    for (let corner = 0; corner < corners.length; corner++) corners[corner] = random.uniform(-1, 1);
    const step = cells / canvasSide;
    for (let row = 0; row < canvasSide; row++) {
      const cellY = Math.floor((row + 0.5) * step);
      const y = (row + 0.5) * step - cellY;
      for (let column = 0; column < canvasSide; column++) {
        const cellX = Math.floor((column + 0.5) * step);
        const x = (column + 0.5) * step - cellX;
        const at = cellY * cornersPerSide + cellX;
        const above = (corners[at] ?? 0) * (1 - x) + (corners[at + 1] ?? 0) * x;
        const below = (corners[at + cornersPerSide] ?? 0) * (1 - x) + (corners[at + cornersPerSide + 1] ?? 0) * x;
        this.#texture[row * canvasSide + column] = above * (1 - y) + below * y;
      }
    }
  }
}
