import assert from "node:assert/strict";
import { test } from "node:test";
import { addInPlace } from "../tensor/arithmetic.js";
import { zeros } from "../tensor/create.js";
import { flatten } from "../tensor/shape.js";
import { liveTensors, scope, type Tensor } from "../tensor/tensor.js";
import { BatchNorm2d } from "./batch-norm.js";
import { Conv2d } from "./conv2d.js";
import { Linear } from "./linear.js";
import { type Mode, Module } from "./module.js";
import { trainingState } from "./state-dict.js";
import { trace } from "./trace.js";

class Inner extends Module {
  readonly #conv = this.child(
    "conv",
    new Conv2d({ inChannels: 3, outChannels: 4, kernelSize: 3, stride: 2, fanMode: "fan-in", values: [-1, 1] }),
  );
  readonly #bn = this.child("bn", new BatchNorm2d(4));

  override forward(input: Tensor, mode: Mode): Tensor {
    return this.#bn.forwardRelu(this.#conv.forward(input, mode), mode);
  }
}

class Outer extends Module {
  readonly #inner = this.child("0", new Inner());
  readonly #fc = this.child("fc", new Linear({ weight: zeros([5, 16]), bias: zeros([5]), values: null }));

  override forward(input: Tensor, mode: Mode): Tensor {
    return this.#fc.forward(flatten(this.#inner.forward(input, mode), 1), mode);
  }
}

test("a network's nodes, in the order in which they run, with the tensors that they use", () => {
  scope(() => {
    const { input, output, nodes } = trace(new Outer(), [3, 5, 6]);
    assert.deepEqual(
      nodes.map(({ kind, layer, tensors, outputs: [made] }) => ({ kind, layer, tensors, shape: made?.shape })),
      [
        { kind: "convolution", layer: "0.conv", tensors: { weight: "0.conv.weight" }, shape: [1, 4, 2, 2] },
        {
          kind: "normalization",
          layer: "0.bn",
          tensors: {
            weight: "0.bn.weight",
            bias: "0.bn.bias",
            runningMean: "0.bn.running_mean",
            runningVar: "0.bn.running_var",
          },
          shape: [1, 4, 2, 2],
        },
        { kind: "activation", layer: undefined, tensors: {}, shape: [1, 4, 2, 2] },
        { kind: "reshape", layer: undefined, tensors: {}, shape: [1, 16] },
        { kind: "linear", layer: "fc", tensors: { weight: "fc.weight", bias: "fc.bias" }, shape: [1, 5] },
      ],
    );
    // One after the other.
    const flow = [input.id, ...nodes.map(({ outputs: [made] }) => made?.id)];
    assert.deepEqual(
      nodes.map(({ inputs }) => inputs),
      flow.slice(0, -1).map((id) => [id]),
    );
    assert.deepEqual([input.shape, output], [[1, 3, 5, 6], nodes.at(-1)?.outputs[0]]);
  });
});

test("what is written in place is a new value under both handles", () => {
  class InPlace extends Module {
    override forward(input: Tensor): Tensor {
      const sum = addInPlace(zeros(input.shape), input);
      addInPlace(sum, sum);
      return sum;
    }
  }
  scope(() => {
    const { input, output, nodes } = trace(new InPlace(), [1, 1, 1]);
    const [constant, first, second] = nodes;
    assert.deepEqual(
      nodes.map(({ kind }) => kind),
      ["other", "addition", "addition"],
    );
    assert.deepEqual(first?.inputs, [constant?.outputs[0]?.id, input.id]);
    assert.deepEqual(second?.inputs, [first?.outputs[0]?.id, first?.outputs[0]?.id]);
    assert.equal(output, second?.outputs[0]);
  });
});

test("a network and its tensors stay as they were, also where the image does not fit", () => {
  scope(() => {
    const network = new Outer();
    const values = () => [...trainingState(network)].map(([name, x]) => [name, x.toArray()]);
    const before = values();
    const live = liveTensors();
    trace(network, [3, 5, 6]);
    assert.throws(() => trace(network, [3, 9, 9]));
    assert.equal(liveTensors(), live);
    assert.deepEqual(values(), before);
  });
});
