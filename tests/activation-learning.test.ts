// Whether networks learn with quantized activations: sixteen images are learnt by heart.
import assert from "node:assert/strict";
import { test } from "node:test";
import { networks } from "../src/models/registry.js";
import { Sgd } from "../src/optim/sgd.js";
import { randn, tensor } from "../src/tensor/create.js";
import { crossEntropy } from "../src/tensor/loss.js";
import { manualSeed } from "../src/tensor/runtime.js";
import { contiguous } from "../src/tensor/shape.js";
import { scope } from "../src/tensor/tensor.js";

const IMAGES = 16;
const STEPS = 15;
/**
 * Measured losses: 0.02 for float activations and for 1, 4 and 8 bits, 0.22 for 2 bits, 0.01 to 0.09 with searched weights. With 2
 * bits through which no gradient passes 1.11, with activations that are all 0 more than 2.1.
 */
const LEARNT = 0.6;

for (const values of [null, [-1, 1]]) {
  for (const bits of values === null ? [1, 2, 4, 8] : [1, 2]) {
    const weights = values === null ? "float" : "searched";
    test(`resnet20 with ${weights} weights and activations of ${bits} bits learns a batch by heart`, () => {
      scope(() => {
        manualSeed(1);
        const search = values && { values, firstLayer: false, lastLayer: false };
        const network = networks
          .get("resnet20")
          ?.build({ numClasses: 10, search, activations: { bits, lastLayer: false } });
        assert.ok(network);
        const images = contiguous(randn([IMAGES, 3, 12, 12]), "channels_last");
        const labels = tensor(
          Array.from({ length: IMAGES }, (_, index) => index % 10),
          [IMAGES],
          "int64",
        );
        const optimizer = new Sgd(
          [...network.namedParameters()].map(([, parameter]) => parameter),
          [...network.namedSearchedWeights()].map(([, searched]) => searched),
          // Logits need far larger steps than weights.
          {
            momentum: 0.9,
            weightDecay: 1e-4,
            logits: { lrScale: 250, lrUnit: "plain", momentum: 0.9, weightDecay: 0 },
          },
        );
        let last = Number.NaN;
        for (let step = 0; step < STEPS; step += 1) {
          scope(() => {
            optimizer.clearGradients();
            const loss = crossEntropy(network.forward(images, "train"), labels);
            loss.backward();
            optimizer.step(0.02);
            last = loss.item();
          });
        }
        assert.ok(last < LEARNT, `loss ${last}`);
      });
    });
  }
}
