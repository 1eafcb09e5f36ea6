import assert from "node:assert/strict";
import { test } from "node:test";
import { relu, sigmoid } from "../tensor/activation.js";
import { add } from "../tensor/arithmetic.js";
import { randn } from "../tensor/create.js";
import { globalAvgPool2d, maxPool2d } from "../tensor/pooling.js";
import { flatten } from "../tensor/shape.js";
import { scope, type Tensor } from "../tensor/tensor.js";
import { BatchNorm1d, BatchNorm2d } from "./batch-norm.js";
import { Conv2d } from "./conv2d.js";
import { classifierOf, followingNorm, isScaleAbsorbed, weightedNodes } from "./layer-roles.js";
import { Linear } from "./linear.js";
import { type Mode, Module } from "./module.js";
import { type Graph, trace } from "./trace.js";

/** Layers under names that say nothing; `run` puts them together. */
class Parts extends Module {
  readonly a = this.child("alpha_", this.#convolution());
  readonly b = this.child("beta_", this.#convolution());
  readonly norm = this.child("scaler", new BatchNorm2d(2));
  readonly norm2 = this.child("scaler2", new BatchNorm2d(2));
  readonly out = this.child("out", new Linear({ weight: randn([3, 2]), bias: randn([3]), values: null }));
  readonly out2 = this.child("out2", new Linear({ weight: randn([3, 2]), bias: randn([3]), values: null }));
  readonly #run: (parts: Parts, input: Tensor) => Tensor;

  constructor(run: (parts: Parts, input: Tensor) => Tensor) {
    super();
    this.#run = run;
  }

  #convolution(): Conv2d {
    return new Conv2d({ inChannels: 2, outChannels: 2, kernelSize: 3, padding: 1, fanMode: "fan-in", values: null });
  }

  override forward(input: Tensor, _mode: Mode): Tensor {
    return this.#run(this, input);
  }
}

function graphOf(run: (parts: Parts, input: Tensor) => Tensor): Graph {
  return scope(() => trace(new Parts(run), [2, 8, 8]));
}

/** The layer of the normalization that follows `alpha_`. */
function normAfterA(run: (parts: Parts, input: Tensor) => Tensor): string | undefined {
  const graph = graphOf(run);
  const [node] = weightedNodes(graph, "alpha_.weight");
  assert.ok(node);
  return followingNorm(graph, node)?.layer;
}

const mode = "eval";

test("a normalization follows a layer at once, or after what passes a factor on", () => {
  assert.equal(
    normAfterA(({ a, norm }, x) => norm.forward(a.forward(x, mode), mode)),
    "scaler",
  );
  assert.equal(
    normAfterA(({ a, norm }, x) => norm.forwardRelu(maxPool2d(a.forward(x, mode), 2), mode)),
    "scaler",
  );
  assert.equal(
    normAfterA(({ a, norm }, x) => norm.forwardAdd(relu(a.forward(x, mode)), mode, x)),
    "scaler",
  );
});

test("no normalization follows where something else sees the layer's output, or changes it otherwise", () => {
  const runs: ((parts: Parts, x: Tensor) => Tensor)[] = [
    ({ a }, x) => a.forward(x, mode),
    ({ a, norm }, x) => norm.forward(sigmoid(a.forward(x, mode)), mode),
    ({ a, norm }, x) => norm.forward(add(a.forward(x, mode), x), mode),
    ({ a, b, norm }, x) => norm.forward(b.forward(a.forward(x, mode), mode), mode),
    ({ a, norm, norm2 }, x) => {
      const y = a.forward(x, mode);
      return add(norm.forward(y, mode), norm2.forward(y, mode));
    },
    // Its statistics are those of two layers.
    ({ a, b, norm }, x) => norm.forward(b.forward(norm.forward(a.forward(x, mode), mode), mode), mode),
  ];
  for (const run of runs) assert.equal(normAfterA(run), undefined, String(run));
});

test("the classifier is the layer that gives the output, a convolution too", () => {
  const pooled = (x: Tensor) => flatten(globalAvgPool2d(x), 1);
  const classifier = (run: (parts: Parts, x: Tensor) => Tensor) => classifierOf(graphOf(run))?.layer;
  assert.equal(
    classifier(({ a, out }, x) => out.forward(pooled(a.forward(x, mode)), mode)),
    "out",
  );
  assert.equal(
    classifier(({ a, b }, x) => sigmoid(pooled(b.forward(a.forward(x, mode), mode)))),
    "beta_",
  );
  assert.equal(
    classifier(({ out, out2 }, x) => add(out.forward(pooled(x), mode), out2.forward(pooled(x), mode))),
    undefined,
  );
  assert.equal(
    classifier(({ a, norm }, x) => norm.forward(a.forward(x, mode), mode)),
    undefined,
  );
  assert.equal(
    classifier((_, x) => x),
    undefined,
  );
});

test("a scale is absorbed behind a ReLU, unless a bias is not scaled along", () => {
  class Biased extends Module {
    readonly fc: Linear;
    readonly norm = this.child("norm", new BatchNorm1d(3));
    readonly hasRelu: boolean;

    constructor(bias: boolean, hasRelu: boolean) {
      super();
      this.fc = this.child("fc", new Linear({ inFeatures: 4, outFeatures: 3, values: [-1, 1], bias }));
      this.hasRelu = hasRelu;
    }

    override forward(x: Tensor, mode: Mode): Tensor {
      const features = this.fc.forward(flatten(x, 1), mode);
      return this.norm.forward(this.hasRelu ? relu(features) : features, mode);
    }
  }
  const isAbsorbed = (hasBias: boolean, hasRelu: boolean) =>
    scope(() => isScaleAbsorbed(trace(new Biased(hasBias, hasRelu), [1, 2, 2]), "fc.weight"));
  assert.deepEqual([isAbsorbed(false, false), isAbsorbed(true, false)], [true, true]);
  assert.deepEqual([isAbsorbed(false, true), isAbsorbed(true, true)], [true, false]);
});
