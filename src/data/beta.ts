import { drawNormal, drawUnit } from "./normal.js";
import type { Xoshiro128 } from "./prng.js";

/**
 * Draws from the symmetric Beta(α, α) distribution, in [0, 1]: G / (G + G′) of two Gamma(α, 1) variables G and G′,
 * from their logarithms, since for a small α both may be too small for a number.
 *
 * @param alpha α, from 0.001 to 1000
 */
export function drawBeta(alpha: number, random: Xoshiro128): number {
  const first = logGamma(alpha, random);
  return 1 / (1 + Math.exp(logGamma(alpha, random) - first));
}

/**
 * ln of a Gamma(α, 1) variable. α < 1 is raised by 1: G(α) = G(α + 1) U^(1/α).
 * Source: Marsaglia and Tsang, "A simple method for generating gamma variables", ACM TOMS 26 (2000).
 */
function logGamma(alpha: number, random: Xoshiro128): number {
  if (alpha < 1) return logGamma(alpha + 1, random) + Math.log(drawUnit(random)) / alpha;
  const d = alpha - 1 / 3;
  for (;;) {
    const x = drawNormal(random);
    const v = (1 + x / Math.sqrt(9 * d)) ** 3;
    if (v > 0 && Math.log(drawUnit(random)) < x ** 2 / 2 + d - d * v + d * Math.log(v)) return Math.log(d * v);
  }
}
