import assert from "node:assert/strict";
import { test } from "node:test";
import { zeros } from "../tensor/create.js";
import { flatten } from "../tensor/shape.js";
import { liveTensors, scope, type Tensor } from "../tensor/tensor.js";
import { BatchNorm2d } from "./batch-norm.js";
import { Conv2d } from "./conv2d.js";
import { Linear } from "./linear.js";
import { type Mode, Module } from "./module.js";
import { outputShapes } from "./output-shapes.js";

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

test("every module that is called tells its output's shape, and stays as it was", () => {
  scope(() => {
    const network = new Outer();
    assert.deepEqual(
      [...network.namedModules()].map(([path]) => path),
      ["0", "0.conv", "0.bn", "fc"],
    );
    const input = zeros([1, 3, 5, 6]);
    const before = liveTensors();
    const expected = { "0.conv": [1, 4, 2, 2], "0": [1, 4, 2, 2], fc: [1, 5] };
    assert.deepEqual(Object.fromEntries(outputShapes(network, input)), expected);
    assert.equal(liveTensors(), before);
    assert.ok([...network.namedModules()].every(([, module]) => !Object.hasOwn(module, "forward")));
    assert.deepEqual(network.forward(input, "eval").shape, [1, 5]);
  });
});

test("a network stays as it was when the input does not fit it", () => {
  scope(() => {
    const network = new Outer();
    assert.throws(() => outputShapes(network, zeros([1, 3, 9, 9])));
    assert.ok([...network.namedModules()].every(([, module]) => !Object.hasOwn(module, "forward")));
  });
});
