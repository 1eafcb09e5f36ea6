import assert from "node:assert/strict";
import { test } from "node:test";
import { BatchNorm1d, BatchNorm2d } from "../nn/batch-norm.js";
import { Conv2d } from "../nn/conv2d.js";
import { LayerNorm } from "../nn/layer-norm.js";
import { classifierOf, followingNorm } from "../nn/layer-roles.js";
import { Linear } from "../nn/linear.js";
import type { Module } from "../nn/module.js";
import { QuantizedActivation } from "../nn/quantized-activation.js";
import { trace } from "../nn/trace.js";
import { scope } from "../tensor/tensor.js";
import { networks } from "./registry.js";

test("every layer of the networks there are is a node of its own kind", () => {
  for (const [arch, { build, madeFor }] of networks) {
    scope(() => {
      const activations = { bits: 2, lastLayer: true };
      const network = build({ numClasses: 10, search: null, activations });
      const { nodes } = trace(network, [madeFor.channels ?? 3, madeFor.imageSize, madeFor.imageSize]);
      const layers = (kind: string) => nodes.flatMap((node) => (node.kind === kind ? (node.layer ?? []) : [])).sort();
      const modules = (type: abstract new (...given: never[]) => Module) =>
        [...network.namedModules()].flatMap(([name, module]) => (module instanceof type ? [name] : [])).sort();
      assert.deepEqual(layers("convolution"), modules(Conv2d), arch);
      assert.deepEqual(layers("normalization"), [...modules(BatchNorm2d), ...modules(BatchNorm1d)], arch);
      assert.deepEqual(layers("layer-normalization"), modules(LayerNorm), arch);
      assert.deepEqual(layers("linear"), modules(Linear), arch);
      assert.deepEqual(layers("quantization"), modules(QuantizedActivation), arch);
    });
  }
});

test("every convolution of the networks has its normalization, and the classifier is the linear layer", () => {
  // In a sequence the next number.
  const expected = (layer: string) =>
    layer.replace(/conv(\d)$/, "bn$1").replace(/\.(\d)$/, (_, place: string) => `.${Number(place) + 1}`);
  const classifiers: Readonly<Record<string, string>> = {
    resnet20: "linear",
    mobilenet_v2: "classifier.1",
    mlp: "fc3",
  };
  for (const [arch, { build, madeFor, noBinaryActivations, noQuantizedActivations }] of networks) {
    if (arch.startsWith("vit")) continue;
    for (const bits of noBinaryActivations === undefined && noQuantizedActivations === undefined ? [null, 1] : [null]) {
      scope(() => {
        const activations = bits === null ? null : { bits, lastLayer: false };
        const graph = trace(build({ numClasses: 10, search: null, activations }), [
          madeFor.channels ?? 3,
          madeFor.imageSize,
          madeFor.imageSize,
        ]);
        for (const node of graph.nodes.filter(({ kind }) => kind === "convolution")) {
          assert.equal(followingNorm(graph, node)?.layer, expected(node.layer ?? ""), arch);
        }
        assert.equal(classifierOf(graph)?.layer, classifiers[arch] ?? "fc", arch);
      });
    }
  }
});
