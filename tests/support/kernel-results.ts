// Prints what the search kernels compute over many cases, and a hash of what the resampling does: run once a set of kernels by
// tests/kernels.test.ts.
import { createHash } from "node:crypto";
import { type Draw, logitGradient, logitSgdStep, sample } from "../../src/search/sample.js";
import { addon } from "../../src/tensor/addon.js";
import { mul } from "../../src/tensor/arithmetic.js";
import { full, tensor, zeros } from "../../src/tensor/create.js";
import { birealSign, pact } from "../../src/tensor/quantize.js";
import { sum } from "../../src/tensor/reduce.js";
import { setThreads, versions } from "../../src/tensor/runtime.js";
import { scope, type Tensor } from "../../src/tensor/tensor.js";
import { spread } from "./gradient.js";

setThreads(1);
const results: Record<string, number[]> = {};
const hashes: Record<string, string> = {};
for (const dtype of ["float32", "float64"] as const) {
  for (const count of [2, 3, 4, 7, 8, 16, 30]) {
    for (const noiseScale of [0, 0.5]) {
      scope(() => {
        const values = spread(count, 3);
        const size = 330;
        const logits = tensor(
          spread(size * count).map((x) => 40 * x ** 5),
          [size, count],
          dtype,
        );
        const draw: Draw = { temperature: 0.3, noiseScale, seed: 2n ** 40n + 7n, step: 11, hard: false };
        const gradient = tensor(spread(size, 8), [size], dtype);
        const numbers: number[] = [];
        const add = (x: Tensor) => {
          for (const value of x.toArray()) numbers.push(value);
        };
        add(sample(logits, values, draw));
        add(sample(logits, values, { ...draw, hard: true }));
        add(logitGradient(gradient, logits, values, draw));
        const momentum = zeros([size, count], dtype);
        const step = { learningRate: 0.1, momentum: 0.9, weightDecay: 1e-3 };
        for (let round = 0; round < 3; round += 1) logitSgdStep(logits, momentum, gradient, values, draw, step);
        add(logits);
        results[`${dtype} K=${count} s=${noiseScale}`] = numbers;
      });
    }
  }
}
scope(() => {
  const activations = tensor(spread(1003).map((x) => 3 * x));
  const clip = full([], 1.25);
  for (const quantize of [(x: Tensor) => pact(x, clip, 3), birealSign]) {
    for (const leaf of [activations, clip]) leaf.requiresGrad = true;
    const output = quantize(activations);
    sum(mul(output, tensor(spread(1003, 5)))).backward();
    const found = [output, activations.grad, clip.grad].map((each) => each?.toTypedArray() ?? new Float32Array());
    const hash = createHash("sha256");
    for (const { buffer } of found) hash.update(new Uint8Array(buffer));
    hashes[`activations ${quantize === birealSign ? 1 : 3}`] = hash.digest("hex");
    for (const leaf of [activations, clip]) leaf.clearGrad();
  }
});
const pixels = Uint32Array.from({ length: 61 * 53 }, (_, i) => Math.imul(i + 1, 2654435761) >>> 0);
for (let filter = 0; filter < 6; filter += 1) {
  const hash = createHash("sha256");
  for (const [width, height] of [
    [30, 20],
    [61, 100],
    [125, 7],
  ] as const) {
    const resampled = addon().resample(
      pixels,
      [0, 61, 0, 61, width, 0, width],
      [0, 53, 0, 53, height, 0, height],
      filter,
    );
    hash.update(new Uint8Array(resampled.buffer));
  }
  hashes[`resample filter=${filter}`] = hash.digest("hex");
}
console.log(JSON.stringify({ kernels: versions().kernels, results, hashes }));
