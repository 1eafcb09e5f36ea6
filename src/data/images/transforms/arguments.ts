// Arguments that several transforms take, in torchvision's forms.
import { z } from "zod";
import { type Interpolation, interpolations } from "../resample.js";
import type { Padding } from "../views.js";
import type { PerChannel } from "./normalization.js";
import type { Size } from "./size.js";

/** Upper limit of sizes: larger ones are mistakes and would not fit into memory. */
const MAX_PIXELS = 32768;
const MAX_BYTE = 255;

const pixelCountDescription = `an integer from 1 to ${MAX_PIXELS}`;

/** A length in pixels. */
export const pixelCount = () => z.int().min(1).max(MAX_PIXELS).describe(pixelCountDescription);

export const optionalPixelCount = () =>
  pixelCount().nullable().default(null).describe(`null or ${pixelCountDescription}`);

export const size = () =>
  z.union([pixelCount(), z.array(pixelCount()).min(1).max(2)]).describe(`${pixelCountDescription}, or [height, width]`);

export function sizeOf(given: number | readonly number[]): Size {
  const [height = 0, width = height] = typeof given === "number" ? [given] : given;
  return { height, width };
}

const paddingCount = () => z.int().min(0).max(MAX_PIXELS);
const PADDING_LENGTHS = [1, 2, 4];

/** One number for all sides, or 1, 2 or 4 in a list. */
export const paddingSides = () =>
  z.union([paddingCount(), z.array(paddingCount()).refine(({ length }) => PADDING_LENGTHS.includes(length))]);

export const paddingDescription = "an integer ≥ 0, [left and right, top and bottom], or [left, top, right, bottom]";

export function paddingOf(given: number | readonly number[] | null): Padding {
  const [left = 0, top = left, right = left, bottom = top] = typeof given === "number" ? [given] : (given ?? []);
  return { left, top, right, bottom };
}

export const paddingMode = () =>
  z
    .enum(["constant", "edge", "reflect", "symmetric"])
    .default("constant")
    .describe('"constant", "edge", "reflect" or "symmetric"');

const byte = () => z.int().min(0).max(MAX_BYTE);
const fillDescription = `an integer from 0 to ${MAX_BYTE}, or 3 of them`;

/** A colour: one byte for grey, or three. */
export const fill = () =>
  z
    .union([byte(), z.array(byte()).length(3)])
    .default(0)
    .describe(fillDescription);

export function threeOf(given: number | readonly number[]): PerChannel {
  const [red = 0, green = red, blue = red] = typeof given === "number" ? [given] : given;
  return [red, green, blue];
}

/** [min, max] with 0 < min ≤ max, and max ≤ `limit` where there is one. */
export const positiveRange = (standard: [number, number], limit = Number.MAX_VALUE) =>
  z
    .array(z.number())
    .length(2)
    .refine(([min = 0, max = 0]) => 0 < min && min <= max && max <= limit)
    .default(standard)
    .describe(`[min, max] with 0 < min ≤ max${limit < Number.MAX_VALUE ? ` ≤ ${limit}` : ""}`);

export function pairOf([min = 0, max = 0]: readonly number[]): readonly [number, number] {
  return [min, max];
}

export const probability = (standard: number) =>
  z.number().min(0).max(1).default(standard).describe("a number from 0 to 1");

/** What a run needs of it, it has in any case. */
export const inplace = () => z.boolean().default(false).describe("true or false");

const LAST_INTERPOLATION = interpolations.length - 1;

/** A filter of resampling, by Pillow's name or number. */
export const interpolation = () =>
  z
    .union([z.enum(interpolations as [Interpolation, ...Interpolation[]]), z.int().min(0).max(LAST_INTERPOLATION)])
    .default("bilinear")
    .describe(`one of ${interpolations.join(", ")}, or Pillow's number 0 … ${LAST_INTERPOLATION}`);

export function interpolationOf(given: Interpolation | number): Interpolation {
  return typeof given === "number" ? (interpolations[given] ?? "bilinear") : given;
}

/** Resampling is always antialiased, as torchvision's is on Pillow images. */
export const antialias = () => z.literal(true).nullable().default(true).describe("true or null");
