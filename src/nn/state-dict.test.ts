import assert from "node:assert/strict";
import { test } from "node:test";
import { addInPlace } from "../tensor/arithmetic.js";
import { noGrad } from "../tensor/autograd.js";
import { ones, tensor, zeros } from "../tensor/create.js";
import { clone } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { InputError } from "../text/errors.js";
import { BatchNorm2d } from "./batch-norm.js";
import { Conv2d } from "./conv2d.js";
import { Linear } from "./linear.js";
import { type Mode, Module } from "./module.js";
import { loadTrainingState, quantizedState, trainingState } from "./state-dict.js";

const VALUES = [-1, 0.1, 1];

class Small extends Module {
  constructor(values: readonly number[] = VALUES) {
    super();
    this.child(
      "conv",
      new Conv2d({ inChannels: 1, outChannels: 2, kernelSize: 2, fanMode: "fan-in", values: [...values] }),
    );
    this.child("bn", new BatchNorm2d(2));
    this.child("fc", new Linear({ weight: ones([3, 2]), bias: zeros([3]), values: null }));
  }

  override forward(input: Tensor, _mode: Mode): Tensor {
    return input;
  }
}

/** Everything in a module, as numbers. */
function snapshot(module: Module): unknown {
  return [
    ...[...trainingState(module)].map(([name, x]) => [name, x.toArray()]),
    ...[...module.namedSearchedWeights()].map(([name, { weight }]) => [name, weight.toArray()]),
  ];
}

/** A state that fits `Small`, every entry changed by one. */
function changedState(): Map<string, Tensor> {
  return new Map(
    [...trainingState(new Small())].map(([name, x]) => {
      const copy = noGrad(() => clone(x));
      return [name, name.endsWith("qvals") ? copy : noGrad(() => addInPlace(copy, 1))];
    }),
  );
}

test("a training state holds parameters, buffers, logits and values by name", () => {
  assert.deepEqual(
    [...trainingState(new Small())].map(([name, { shape, dtype }]) => [name, shape, dtype]),
    [
      ["bn.weight", [2], "float32"],
      ["bn.bias", [2], "float32"],
      ["fc.weight", [3, 2], "float32"],
      ["fc.bias", [3], "float32"],
      ["bn.running_mean", [2], "float32"],
      ["bn.running_var", [2], "float32"],
      ["bn.num_batches_tracked", [], "int64"],
      ["conv.alpha", [2, 1, 2, 2, 3], "float32"],
      ["conv.qvals", [3], "float32"],
    ],
  );
});

test("loading a training state copies every entry and draws the weights", () => {
  const network = new Small();
  const state = changedState();
  const alpha = tensor(
    Array.from({ length: 24 }, (_, index) => index % 3),
    [2, 1, 2, 2, 3],
  );
  state.set("conv.alpha", alpha);
  loadTrainingState(network, state, "file");
  for (const [name, x] of trainingState(network)) assert.deepEqual(x.toArray(), state.get(name)?.toArray(), name);
  const [, searched] = [...network.namedSearchedWeights()][0] ?? [];
  assert.deepEqual(searched?.weight.toArray(), new Array(8).fill(1));
  assert.notEqual(searched?.logits.handle, alpha.handle);
});

test("the quantized state is plain: weights from the value set instead of logits", () => {
  const found = quantizedState(new Small());
  assert.deepEqual(found.get("conv.weight")?.shape, [2, 1, 2, 2]);
  const members = VALUES.map(Math.fround);
  assert.ok(
    found
      .get("conv.weight")
      ?.toArray()
      .every((weight) => members.includes(weight)),
  );
  assert.ok([...found.keys()].every((name) => !/alpha|qvals/.test(name)));
});

const FAULTS: [string, (state: Map<string, Tensor>) => unknown, string][] = [
  [
    "missing",
    (state) => state.delete("bn.bias"),
    'run/a.safetensors: tensor "bn.bias": expected shape [2], found no such tensor',
  ],
  [
    "left over",
    (state) => state.set("conv.weight", ones([1])),
    'run/a.safetensors: tensor "conv.weight": expected only tensors of this network, found one it does not have',
  ],
  [
    "of another shape",
    (state) => state.set("fc.weight", ones([2, 3])),
    'run/a.safetensors: tensor "fc.weight": expected shape [3,2], found [2,3]',
  ],
  [
    "of another dtype",
    (state) => state.set("fc.bias", zeros([3], "float64")),
    'run/a.safetensors: tensor "fc.bias": expected float32, found float64',
  ],
  [
    "of another value set",
    (state) => state.set("conv.qvals", tensor([-1, 0, 1])),
    'run/a.safetensors: tensor "conv.qvals": expected the values -1,0.10000000149011612,1, found -1,0,1',
  ],
];

for (const [name, damage, message] of FAULTS) {
  test(`an entry that is ${name} is an error that names it, and the network stays as it was`, () => {
    const network = new Small();
    const before = snapshot(network);
    const state = changedState();
    damage(state);
    assert.throws(() => loadTrainingState(network, state, "run/a.safetensors"), new InputError(message));
    assert.deepEqual(snapshot(network), before);
  });
}
