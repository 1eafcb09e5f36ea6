import assert from "node:assert/strict";
import { test } from "node:test";
import { drawBeta } from "./beta.js";
import { randomStream } from "./prng.js";

const DRAWS = 20_000;

/** Draws of a stream of their own. */
function draws(alpha: number): number[] {
  const random = randomStream(7, Math.round(alpha * 1000));
  return Array.from({ length: DRAWS }, () => drawBeta(alpha, random));
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

for (const alpha of [0.2, 0.5, 1, 2, 8]) {
  test(`Beta(${alpha}, ${alpha}) has its mean, variance and fourth moment`, () => {
    const values = draws(alpha);
    assert.ok(values.every((value) => value >= 0 && value <= 1));
    // Of the symmetric Beta distribution, n = 2α: variance 1/(4(n + 1)), kurtosis 3 − 6/(n + 3).
    const n = 2 * alpha;
    const variance = 1 / (4 * (n + 1));
    const fourth = (3 - 6 / (n + 3)) * variance ** 2;
    // Four standard errors of each moment are below these.
    assert.ok(Math.abs(mean(values) - 0.5) < 4 * Math.sqrt(variance / DRAWS));
    const around = (power: number) => mean(values.map((value) => (value - 0.5) ** power));
    assert.ok(Math.abs(around(2) / variance - 1) < 0.05, `${around(2)} instead of ${variance}`);
    assert.ok(Math.abs(around(4) / fourth - 1) < 0.12, `${around(4)} instead of ${fourth}`);
  });
}

test("Beta(1, 1) is uniform: every tenth holds a tenth of the draws", () => {
  const counts = new Array<number>(10).fill(0);
  for (const value of draws(1)) {
    const tenth = Math.min(9, Math.floor(10 * value));
    counts[tenth] = (counts[tenth] ?? 0) + 1;
  }
  // Five standard deviations of a binomial count.
  for (const count of counts) assert.ok(Math.abs(count - DRAWS / 10) < 5 * Math.sqrt(DRAWS * 0.09), `${counts}`);
});

test("a tiny α gives 0 or 1 rather than NaN, a large one values near a half", () => {
  assert.ok(draws(0.001).every((value) => value >= 0 && value <= 1));
  assert.ok(draws(0.001).filter((value) => value < 1e-6 || value > 1 - 1e-6).length > 0.95 * DRAWS);
  assert.ok(draws(1000).every((value) => Math.abs(value - 0.5) < 0.1));
});
