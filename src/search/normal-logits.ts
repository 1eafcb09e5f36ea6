import { randn } from "../tensor/create.js";
import { scope } from "../tensor/tensor.js";
import { startFromFloat } from "./from-float.js";
import type { SearchedWeight } from "./searched-weight.js";

/**
 * Starts a search as a float layer starts: from w ~ N(0, 1), of LibTorch's generator, at the scale at which the value set represents
 * it best (`startFromFloat`, so any other standard deviation would give the same). Logits then differ by something like 1, which is
 * also what a temperature of 1 is for: soft weights are spread between the values rather than all at their mean.
 */
export function startFromNormal(searched: SearchedWeight): void {
  scope(() => startFromFloat(searched, randn(searched.weight.shape)));
}
