import { z } from "zod";
import type { AffineInterpolation } from "../affine.js";

// Arguments of the transforms that move pixels: what is between pixels, and what is outside the image.

const byte = () => z.int().min(0).max(255);

export const interpolationArgument = () =>
  z
    .union([z.enum(["nearest", "bilinear"]), z.literal([0, 2])])
    .default("nearest")
    .describe("nearest or bilinear, or Pillow's number 0 or 2");

export const fillArgument = () =>
  z
    .union([byte(), z.array(byte()).length(3)])
    .nullable()
    .default(0)
    .describe("null, an integer from 0 to 255, or 3 of them");

export function interpolationFrom(given: "nearest" | "bilinear" | 0 | 2): AffineInterpolation {
  if (typeof given === "string") return given;
  return given === 0 ? "nearest" : "bilinear";
}

/** `null` is black, as 0. */
export function fillFrom(given: number | readonly number[] | null): readonly [number, number, number] {
  const [red = 0, green = red, blue = red] = typeof given === "number" ? [given] : (given ?? []);
  return [red, green, blue];
}
