import assert from "node:assert/strict";
import { test } from "node:test";
import { randn, tensor } from "../tensor/create.js";
import { crossEntropy } from "../tensor/loss.js";
import { scope } from "../tensor/tensor.js";
import { networkFamily } from "./registry.js";

const SEARCHED = [
  ["mobilenet_v2", 32, 51],
  ["vit", 16, 24],
  ["mlp", 6, 1],
] as const;

for (const [name, size, middle] of SEARCHED) {
  test(`${name}: the middle layers are searched, first and last on request, and every tensor gets a gradient`, () => {
    for (const both of [false, true]) {
      scope(() => {
        const search = { values: [-1, 1], firstLayer: both, lastLayer: both };
        const network = networkFamily(name).build({ numClasses: 3, channels: 1, imageSize: [size, size], search });
        assert.equal([...network.namedSearchedWeights()].length, middle + (both ? 2 : 0));
        // Bare ±1 weights would let a deep network without normalizations overflow or vanish; their scale is chosen later.
        for (const [, searched] of network.namedSearchedWeights()) searched.setScale({ per: "layer", isTrained: true });
        const loss = crossEntropy(
          network.forward(randn([4, 1, size, size]), "train"),
          tensor([0, 1, 2, 0], [4], "int64"),
        );
        loss.backward();
        for (const [leaf, { grad }] of network.namedLeaves()) {
          assert.ok(grad !== null, `${leaf} has a gradient`);
          assert.ok(grad.toArray().every(Number.isFinite), leaf);
        }
      });
    }
  });
}
