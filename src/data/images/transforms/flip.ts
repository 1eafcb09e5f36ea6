import { z } from "zod";
import { mirroredView } from "../views.js";
import { probability } from "./arguments.js";
import { defineTransform, sameSize } from "./definition.js";

/** torchvision's RandomHorizontalFlip: mirrors the image left to right with probability `p`. */
export interface RandomHorizontalFlip {
  readonly name: "RandomHorizontalFlip";
  readonly p: number;
}

export const randomHorizontalFlip = defineTransform<RandomHorizontalFlip>()({
  name: "RandomHorizontalFlip",
  schema: z.strictObject({ p: probability(0.5) }),
  resolve: ({ p }) => ({ name: "RandomHorizontalFlip", p }),
  apply: (source, { p }, random) => (random.uniform(0, 1) < p ? mirroredView(source) : source),
  outputSize: sameSize,
});
