import assert from "node:assert/strict";
import { test } from "node:test";
import { drawNormal } from "./normal.js";
import { randomStream } from "./prng.js";

test("mean, variance, skewness and kurtosis are those of the standard normal distribution", () => {
  const random = randomStream(3);
  const count = 20_000;
  const draws = Array.from({ length: count }, () => drawNormal(random));
  const moment = (power: number) => draws.reduce((sum, draw) => sum + draw ** power, 0) / count;
  for (const [power, expected, tolerance] of [
    [1, 0, 0.03],
    [2, 1, 0.05],
    [3, 0, 0.15],
    [4, 3, 0.4],
  ] as const) {
    assert.ok(Math.abs(moment(power) - expected) < tolerance, `${power}: ${moment(power)}`);
  }
});
