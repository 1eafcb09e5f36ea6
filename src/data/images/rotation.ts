import type { AffineMatrix } from "./affine.js";

/** A rotation of an image about a centre, and the size of what it gives. */
export interface Rotation {
  readonly matrix: AffineMatrix;
  readonly width: number;
  readonly height: number;
}

/**
 * The rotation by `degrees` counterclockwise about `center`, [x, y] in pixels from the upper left corner, or about the
 * image's centre. With `expand` the output is as large as the whole rotated image; otherwise it has the image's size.
 * Pillow's `Image.rotate`, whose sines and cosines are rounded to 15 decimals.
 */
export function rotation(
  { width, height }: { readonly width: number; readonly height: number },
  degrees: number,
  expand: boolean,
  center: readonly [number, number] | null,
): Rotation {
  const turned = ((degrees % 360) + 360) % 360;
  const radians = -(turned * Math.PI) / 180;
  const cos = Number(Math.cos(radians).toFixed(15));
  const sin = Number(Math.sin(radians).toFixed(15));
  const [centerX, centerY] = center ?? [width / 2, height / 2];
  const shiftX = cos * -centerX + sin * -centerY + centerX;
  const shiftY = -sin * -centerX + cos * -centerY + centerY;
  if (!expand) return { matrix: [cos, sin, shiftX, -sin, cos, shiftY], width, height };
  const corners = [
    [0, 0],
    [width, 0],
    [width, height],
    [0, height],
  ] as const;
  const span = (all: number[]) => Math.ceil(Math.max(...all)) - Math.floor(Math.min(...all));
  const newWidth = span(corners.map(([x, y]) => cos * x + sin * y + shiftX));
  const newHeight = span(corners.map(([x, y]) => -sin * x + cos * y + shiftY));
  const [moveX, moveY] = [-(newWidth - width) / 2, -(newHeight - height) / 2];
  const movedX = cos * moveX + sin * moveY + shiftX;
  const movedY = -sin * moveX + cos * moveY + shiftY;
  return { matrix: [cos, sin, movedX, -sin, cos, movedY], width: newWidth, height: newHeight };
}
