import { BatchNorm2d } from "../../src/nn/batch-norm.js";
import { Conv2d } from "../../src/nn/conv2d.js";
import { Linear } from "../../src/nn/linear.js";
import { type Mode, Module } from "../../src/nn/module.js";
import { relu } from "../../src/tensor/activation.js";
import { tensor, zeros } from "../../src/tensor/create.js";
import { crossEntropy } from "../../src/tensor/loss.js";
import { flatten } from "../../src/tensor/shape.js";
import { scope, type Tensor } from "../../src/tensor/tensor.js";
import type { Trained } from "../../src/train/checkpoint.js";

const CLASSES = 3;

/** One searched convolution, batch normalization and a linear layer, over 4 × 4 pixels: a checkpoint of it is some 3 kB. */
export class TinyNetwork extends Module {
  readonly #conv = this.child(
    "conv1",
    new Conv2d({
      inChannels: 1,
      outChannels: 2,
      kernelSize: 3,
      padding: 1,
      fanMode: "fan-in",
      values: [-1, -0.5, 0.5, 1],
    }),
  );
  readonly #norm = this.child("bn1", new BatchNorm2d(2));
  readonly #linear = this.child(
    "fc",
    new Linear({ weight: zeros([CLASSES, 32]), bias: zeros([CLASSES]), values: null }),
  );

  override forward(input: Tensor, mode: Mode): Tensor {
    const features = relu(this.#norm.forward(this.#conv.forward(input, mode), mode));
    return this.#linear.forward(flatten(features, 1), mode);
  }
}

/** Takes a step on images that follow from its number; returns the loss. */
export function tinyStep({ network, optimizer }: Trained, step: number): number {
  return scope(() => {
    const pixels = Array.from({ length: CLASSES * 16 }, (_, index) => Math.sin(index * (step + 1)));
    for (const [, weight] of network.namedSearchedWeights()) {
      weight.draw({ temperature: 0.5, noiseScale: 0.25, seed: 7n, step, hard: true });
    }
    const logits = network.forward(tensor(pixels, [CLASSES, 1, 4, 4]), "train");
    const loss = crossEntropy(logits, tensor([0, 1, 2], [CLASSES], "int64"));
    optimizer.clearGradients();
    loss.backward();
    optimizer.step(0.1);
    return loss.item();
  });
}
