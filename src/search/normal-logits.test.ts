import assert from "node:assert/strict";
import { test } from "node:test";
import { manualSeed } from "../tensor/runtime.js";
import { liveTensors } from "../tensor/tensor.js";
import { startFromNormal } from "./normal-logits.js";
import { SearchedWeight } from "./searched-weight.js";

const SHAPE = [32, 16, 3, 3];
const EVALUATED = { temperature: 1, noiseScale: 0, seed: 0n, step: 0, hard: true };

/** The share of weights at each value. */
function shares({ values, weight }: SearchedWeight): number[] {
  const weights = weight.toArray();
  return values.map((value) => weights.filter((each) => each === value).length / weights.length);
}

test("values are taken as often as a quantized normal distribution takes them", () => {
  manualSeed(3);
  const binary = new SearchedWeight(SHAPE, [-1, 1]);
  startFromNormal(binary);
  for (const share of shares(binary)) assert.ok(Math.abs(share - 0.5) < 0.03, `${share}`);
  // The best two magnitudes 1 : ½ of N(0, 1) meet at 0.86 standard deviations or so.
  const quaternary = new SearchedWeight(SHAPE, [-1, -0.5, 0.5, 1]);
  startFromNormal(quaternary);
  const [low = 0, half = 0, otherHalf = 0, high = 0] = shares(quaternary);
  assert.ok(half > low && otherHalf > high && low > 0.1 && high > 0.1, `${[low, half, otherHalf, high]}`);
});

test("soft weights are spread between the values", () => {
  manualSeed(3);
  const searched = new SearchedWeight(SHAPE, [-1, 1]);
  startFromNormal(searched);
  searched.draw({ ...EVALUATED, hard: false });
  const weights = searched.weight.toArray() as number[];
  const variance = weights.reduce((sum, each) => sum + each * each, 0) / weights.length;
  assert.ok(variance > 0.3 && variance < 0.7, `${variance}`);
});

test("the same seed gives the same logits, and nothing is left behind", () => {
  const searched = new SearchedWeight(SHAPE, [-1, 1]);
  const before = liveTensors();
  manualSeed(3);
  startFromNormal(searched);
  const first = searched.logits.toArray();
  startFromNormal(searched);
  assert.notDeepEqual(searched.logits.toArray(), first);
  manualSeed(3);
  startFromNormal(searched);
  assert.deepEqual(searched.logits.toArray(), first);
  assert.equal(liveTensors(), before);
});
