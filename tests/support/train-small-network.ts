// Trains a small searched network for 2,000 steps and prints live tensors and resident memory (node --expose-gc).
import { BatchNorm2d } from "../../src/nn/batch-norm.js";
import { Conv2d } from "../../src/nn/conv2d.js";
import { Linear } from "../../src/nn/linear.js";
import { Sgd } from "../../src/optim/sgd.js";
import { relu } from "../../src/tensor/activation.js";
import { randn, tensor, zeros } from "../../src/tensor/create.js";
import { crossEntropy } from "../../src/tensor/loss.js";
import { setThreads } from "../../src/tensor/runtime.js";
import { flatten } from "../../src/tensor/shape.js";
import { liveTensors, scope } from "../../src/tensor/tensor.js";

const STEPS = 2000;
const values = [-1, -0.5, 0.5, 1];

setThreads(1);
const conv = new Conv2d({ inChannels: 3, outChannels: 16, kernelSize: 3, padding: 1, fanMode: "fan-in", values });
const bn = new BatchNorm2d(16);
const fc = new Linear({ weight: zeros([10, 16 * 8 * 8]), bias: zeros([10]), values: null });
const layers = [conv, bn, fc];
const parameters = layers.flatMap((layer) => [...layer.namedParameters()].map(([, parameter]) => parameter));
const searched = layers.flatMap((layer) => [...layer.namedSearchedWeights()].map(([, weight]) => weight));
const sgd = new Sgd(parameters, searched, { momentum: 0.9, weightDecay: 1e-4 });
const labels = tensor([0, 1, 2, 3, 4, 5, 6, 7], [8], "int64");

function trainStep(step: number): number {
  return scope(() => {
    const images = randn([8, 3, 8, 8]);
    for (const weight of searched) weight.draw({ temperature: 1, noiseScale: 0.1, seed: 1n, step, hard: true });
    const features = relu(bn.forward(conv.forward(images, "train"), "train"));
    const loss = crossEntropy(fc.forward(flatten(features, 1), "train"), labels);
    sgd.clearGradients();
    loss.backward();
    sgd.step(0.01);
    return loss.item();
  });
}

function residentBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().rss;
}

trainStep(0);
globalThis.gc?.();
const liveBefore = liveTensors();
let bytesEarly = 0;
for (let step = 1; step <= STEPS; step += 1) {
  trainStep(step);
  if (step === 200) bytesEarly = residentBytes();
}
const liveAfter = liveTensors();
console.log(JSON.stringify({ liveBefore, liveAfter, grownBytes: residentBytes() - bytesEarly }));
