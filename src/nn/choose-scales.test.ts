import assert from "node:assert/strict";
import { test } from "node:test";
import { checkGradient, spread } from "../../tests/support/gradient.js";
import { assertNear } from "../../tests/support/near.js";
import { fanInScale, WeightScale } from "../search/weight-scale.js";
import { copyInto, mul, pow } from "../tensor/arithmetic.js";
import { noGrad } from "../tensor/autograd.js";
import { linear } from "../tensor/convolution.js";
import { randn, tensor } from "../tensor/create.js";
import { mean, sum } from "../tensor/reduce.js";
import { manualSeed } from "../tensor/runtime.js";
import { reshape } from "../tensor/shape.js";
import { scope } from "../tensor/tensor.js";
import { ReLU } from "./activations.js";
import { BatchNorm2d } from "./batch-norm.js";
import { chooseScales } from "./choose-scales.js";
import { Conv2d } from "./conv2d.js";
import { Flatten } from "./flatten.js";
import { Linear } from "./linear.js";
import { loadByName } from "./load-state.js";
import type { Module } from "./module.js";
import { withQuantizedWeights } from "./quantized-weights.js";
import { Sequential } from "./sequential.js";
import { loadTrainingState, quantizedState, trainingState } from "./state-dict.js";

const VALUES = [-1, 1];
const IMAGE = [1, 4, 4];

/** A convolution with a normalization behind it, one without, and a classifier. */
function network(values: readonly number[] | null = VALUES): Sequential {
  const conv = { outChannels: 2, kernelSize: 3, padding: 1, values };
  return new Sequential(
    new Conv2d({ ...conv, inChannels: 1 }),
    new BatchNorm2d(2),
    new ReLU(),
    new Conv2d({ ...conv, inChannels: 2 }),
    new ReLU(),
    new Flatten(),
    new Linear({ inFeatures: 32, outFeatures: 3, values }),
  );
}

function scales(module: Module): Record<string, readonly number[] | null> {
  return Object.fromEntries(
    [...module.namedSearchedWeights()].map(([layer, { scale }]) => [layer, scale === null ? null : scale.tensor.shape]),
  );
}

function scaledNetwork(per: "layer" | "channel" = "channel"): Sequential {
  const made = network();
  chooseScales(made, { imageShape: IMAGE, scale: per, isTrained: true });
  for (const [, { scale }] of made.namedSearchedWeights()) {
    if (scale === null) continue;
    const numbers = spread(scale.tensor.size, scale.tensor.size);
    noGrad(() => copyInto(scale.tensor, tensor(numbers)));
  }
  return made;
}

test("auto gives a scale to layers without a normalization behind them, and says which have neither", () => {
  const automatic = network();
  assert.deepEqual(chooseScales(automatic, { imageShape: IMAGE, scale: "auto", isTrained: true }), []);
  assert.deepEqual(scales(automatic), { 0: null, 3: [1], 6: [1] });
  const without = network();
  assert.deepEqual(chooseScales(without, { imageShape: IMAGE, scale: "none", isTrained: true }), ["3", "6"]);
  assert.deepEqual(scales(without), { 0: null, 3: null, 6: null });
  assert.deepEqual(scales(scaledNetwork()), { 0: [2], 3: [2], 6: [3] });
  assert.deepEqual(
    [...scaledNetwork().namedParameters()].map(([name]) => name),
    ["0.scale", "1.weight", "1.bias", "3.scale", "6.bias", "6.scale"],
  );
});

test("a layer's own choice stays; a fixed scale is a buffer", () => {
  const own = new Sequential(
    new Flatten(),
    new Linear({ inFeatures: 16, outFeatures: 16, values: VALUES, scale: "none" }),
    new Linear({
      inFeatures: 16,
      outFeatures: 3,
      values: VALUES,
      scale: { per: "channel", isTrained: false, initial: 0.5 },
    }),
  );
  assert.deepEqual(chooseScales(own, { imageShape: IMAGE, scale: "layer", isTrained: true }), ["1"]);
  assert.deepEqual(scales(own), { 1: null, 2: [3] });
  assert.deepEqual(
    [...own.namedBuffers()].map(([name, buffer]) => [name, buffer.toArray()]),
    [["2.scale", [0.5, 0.5, 0.5]]],
  );
});

test("a scale starts where weights have the variance 2/n", () => {
  assertNear([fanInScale([8, 3, 5, 5], [-1, 1])], [Math.sqrt(2 / 75)]);
  assertNear([fanInScale([8, 10], [-1, -0.5, 0.5, 1])], [Math.sqrt(2 / 10) / Math.sqrt(0.625)]);
});

test("∂L/∂v = s · ∂L/∂w and ∂L/∂s = Σ v · ∂L/∂w, by finite differences and by hand", () => {
  const v = { values: spread(12, 1), shape: [3, 2, 2, 1] };
  checkGradient([v, { values: [0.7], shape: [1] }], (x, s) => mul(x, reshape(s, [1, 1, 1, 1])));
  checkGradient([v, { values: [0.7, -0.2, 1.5], shape: [3] }], (x, s) => mul(x, reshape(s, [3, 1, 1, 1])));
  scope(() => {
    const drawn = tensor([1, -1, 1, 1], [2, 2]);
    drawn.requiresGrad = true;
    const scale = new WeightScale([2, 2], VALUES, { per: "channel", initial: 0.5 });
    sum(mul(scale.apply(drawn), tensor([1, 2, 3, 4], [2, 2]))).backward();
    assert.deepEqual(drawn.grad?.toArray(), [0.5, 1, 1.5, 2]);
    // Times s₀² = 1/4.
    assert.deepEqual(scale.tensor.grad?.toArray(), [-0.25, 1.75]);
  });
});

test("a trained scale is used to the bit, and a step moves it by a share of itself, whatever the fan-in", () => {
  manualSeed(1);
  for (const inputs of [16, 4096]) {
    scope(() => {
      const scale = new WeightScale([8, inputs], VALUES, { per: "layer" });
      const [before = 0] = scale.tensor.toArray();
      const values = tensor(
        Array.from({ length: 8 * inputs }, (_, index) => (index % 3 === 0 ? 1 : -1)),
        [8, inputs],
      );
      assert.deepEqual(scale.apply(values).toArray(), mul(values, before).toArray());
      mean(pow(linear(randn([32, inputs]), scale.apply(values)), 2)).backward();
      // The mean of outputs² is about s² n = 2, whose derivative by s is 4/s.
      const [gradient = 0] = scale.tensor.grad?.toArray() ?? [];
      assertNear([gradient / before], [4], { relative: 0.3, absolute: 0 });
    });
  }
});

test("the quantized model has w = s · v: it computes in float what the searched network does", () => {
  scope(() => {
    manualSeed(1);
    for (const per of ["layer", "channel"] as const) {
      const searched = scaledNetwork(per);
      const float = network(null);
      const state = quantizedState(searched);
      assert.ok(![...state.keys()].some((name) => name.endsWith(".scale")));
      loadByName(float, state, "model", { imageShape: IMAGE });
      const images = randn([3, ...IMAGE]);
      assert.deepEqual(float.forward(images, "eval").toArray(), searched.forward(images, "eval").toArray());
      const fromLogits = withQuantizedWeights(trainingState(searched), "state");
      assert.deepEqual(
        [...fromLogits].map(([name, each]) => [name, each.toArray()]).sort(),
        [...state].map(([name, each]) => [name, each.toArray()]).sort(),
      );
      const logits = network(null);
      loadByName(logits, trainingState(searched), "state", { imageShape: IMAGE });
      assert.deepEqual(logits.forward(images, "eval").toArray(), searched.forward(images, "eval").toArray());
    }
  });
});

test("training states keep scales, and continue from them", () => {
  scope(() => {
    manualSeed(5);
    const [from, into] = [scaledNetwork(), network()];
    chooseScales(into, { imageShape: IMAGE, scale: "channel", isTrained: true });
    loadTrainingState(into, trainingState(from), "state");
    const images = randn([2, ...IMAGE]);
    assert.deepEqual(into.forward(images, "eval").toArray(), from.forward(images, "eval").toArray());
  });
});

test("starting from a float model, a layer's own scale takes the place of the normalization's", () => {
  scope(() => {
    manualSeed(6);
    const float = network(null);
    const searched = network();
    chooseScales(searched, { imageShape: IMAGE, scale: "auto", isTrained: true });
    const report = loadByName(searched, quantizedState(float), "float", { imageShape: IMAGE });
    assert.deepEqual(
      report.fromFloat.map(({ layer, absorbedBy }) => [layer, absorbedBy]),
      [
        ["0", "1"],
        ["3", "3.scale"],
        ["6", "6.scale"],
      ],
    );
    assert.deepEqual(report.missing, []);
    const weights = new Map(float.namedParameters()).get("6.weight")?.toArray() ?? [];
    const mean = weights.reduce((total, weight) => total + Math.abs(weight), 0) / weights.length;
    assertNear(new Map(searched.namedParameters()).get("6.scale")?.toArray() ?? [], [mean], { relative: 1e-4 });
  });
});
