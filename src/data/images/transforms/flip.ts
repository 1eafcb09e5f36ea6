import type { Xoshiro128 } from "../../prng.js";
import type { ImageSource } from "../image-source.js";
import { mirroredView } from "../views.js";

/** torchvision's RandomHorizontalFlip: mirrors the image left to right with probability `p`. */
export interface RandomHorizontalFlip {
  readonly name: "RandomHorizontalFlip";
  readonly p: number;
}

export function randomHorizontalFlip(
  source: ImageSource,
  { p }: RandomHorizontalFlip,
  random: Xoshiro128,
): ImageSource {
  return random.uniform(0, 1) < p ? mirroredView(source) : source;
}
