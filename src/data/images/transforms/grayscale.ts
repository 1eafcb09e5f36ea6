import { z } from "zod";
import { toGray } from "../color.js";
import { mappedView } from "../views.js";
import { defineTransform, sameSize } from "./definition.js";

/** torchvision's Grayscale with three output channels: red, green and blue become the luminance. */
export interface Grayscale {
  readonly name: "Grayscale";
  readonly numOutputChannels: 3;
}

/** torchvision's RandomGrayscale: Grayscale with probability `p`. */
export interface RandomGrayscale {
  readonly name: "RandomGrayscale";
  readonly p: number;
}

export const grayscale = defineTransform<Grayscale>()({
  name: "Grayscale",
  schema: z.strictObject({ num_output_channels: z.literal(3).describe("3, since images keep three channels") }),
  resolve: () => ({ name: "Grayscale", numOutputChannels: 3 }),
  apply: (source) => mappedView(source, toGray),
  outputSize: sameSize,
});

export const randomGrayscale = defineTransform<RandomGrayscale>()({
  name: "RandomGrayscale",
  schema: z.strictObject({ p: z.number().min(0).max(1).default(0.1).describe("a number from 0 to 1") }),
  resolve: ({ p }) => ({ name: "RandomGrayscale", p }),
  apply: (source, { p }, random) => (random.uniform(0, 1) < p ? mappedView(source, toGray) : source),
  outputSize: sameSize,
});
