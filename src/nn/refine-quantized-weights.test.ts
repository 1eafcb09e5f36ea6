import assert from "node:assert/strict";
import { test } from "node:test";
import { stageValues, valuesAfterStage } from "../search/progressive-stages.js";
import { noGrad } from "../tensor/autograd.js";
import { ones, randn, tensor } from "../tensor/create.js";
import { crossEntropy } from "../tensor/loss.js";
import { globalAvgPool2d } from "../tensor/pooling.js";
import { manualSeed } from "../tensor/runtime.js";
import { flatten } from "../tensor/shape.js";
import { scope, type Tensor } from "../tensor/tensor.js";
import { BatchNorm2d } from "./batch-norm.js";
import { Conv2d } from "./conv2d.js";
import { Linear } from "./linear.js";
import { type Mode, Module } from "./module.js";
import { quantizedState, refineQuantizedWeights, trainingState } from "./state-dict.js";

/** A float and a searched convolution and a searched last layer, for a stage of a search bit by bit. */
class Network extends Module {
  readonly #conv1: Conv2d;
  readonly #bn1: BatchNorm2d;
  readonly #conv2: Conv2d;
  readonly #bn2: BatchNorm2d;
  readonly #linear: Linear;

  constructor(stage: number, outputs = 3) {
    super();
    const values = stageValues(stage);
    const shared = { outChannels: 4, kernelSize: 3, padding: 1, fanMode: "fan-in" } as const;
    this.#conv1 = this.child("conv1", new Conv2d({ ...shared, inChannels: 3, values: null }));
    this.#bn1 = this.child("bn1", new BatchNorm2d(4));
    this.#conv2 = this.child("conv2", new Conv2d({ ...shared, inChannels: 4, values }));
    this.#bn2 = this.child("bn2", new BatchNorm2d(4));
    this.#linear = this.child("linear", new Linear({ weight: randn([outputs, 4]), bias: randn([outputs]), values }));
  }

  override forward(input: Tensor, mode: Mode): Tensor {
    const hidden = this.#bn1.forwardRelu(this.#conv1.forward(input, mode), mode);
    const features = this.#bn2.forwardRelu(this.#conv2.forward(hidden, mode), mode);
    return this.#linear.forward(flatten(globalAvgPool2d(features), 1), mode);
  }
}

/** A few noisy steps with a large learning rate, so that weights change and statistics move. */
function train(network: Network): void {
  const searched = [...network.namedSearchedWeights()].map(([, weight]) => weight);
  for (let step = 0; step < 4; step++) {
    scope(() => {
      for (const weight of searched) weight.draw({ temperature: 1, noiseScale: 1, seed: 1n, step, hard: true });
      for (const { weight } of searched) weight.clearGrad();
      crossEntropy(network.forward(randn([4, 3, 8, 8]), "train"), tensor([0, 1, 2, 0], [4], "int64")).backward();
      for (const weight of searched) weight.step({ learningRate: 2, momentum: 0.9, weightDecay: 0 });
    });
  }
}

/** What a network computes with the weights it found. */
function outputs(network: Network, images: Tensor): readonly number[] {
  quantizedState(network);
  return scope(() => noGrad(() => network.forward(images, "eval").toArray()));
}

function quantizedWeights(network: Network): number[] {
  return ["conv2.weight", "linear.weight"].flatMap((name) => quantizedState(network).get(name)?.toArray() ?? []);
}

test("three stages in a row: each starts bit-exact as the quantized model before it, and stays in its set", () => {
  manualSeed(1);
  const images = randn([6, 3, 8, 8]);
  let network = new Network(0);
  for (let stage = 0; stage < 3; stage++) {
    if (stage > 0) {
      const next = new Network(stage);
      assert.notDeepEqual(outputs(next, images), outputs(network, images));
      refineQuantizedWeights(next, quantizedState(network), stage, `stage ${stage - 1}`);
      assert.deepEqual(outputs(next, images), outputs(network, images));
      network = next;
    }
    const before = quantizedWeights(network);
    train(network);
    const after = quantizedWeights(network);
    assert.notDeepEqual(after, before);
    // The sign is settled by stage 0; from then on a weight stays or is halved.
    const allowed = stage === 0 ? [1, -1] : [1, 0.5];
    assert.ok(after.every((weight, index) => allowed.includes(weight / (before[index] ?? 0))));
    assert.ok(after.every((weight) => valuesAfterStage(stage).includes(weight)));
    assert.ok(after.includes(2 ** -stage) && after.includes(-(2 ** -stage)));
  }
  assert.ok(quantizedWeights(network).every((weight) => [-1, -0.5, -0.25, 0.25, 0.5, 1].includes(weight)));
});

test("the network refined shares no memory with the one it came from", () => {
  manualSeed(2);
  const first = new Network(0);
  const second = new Network(1);
  refineQuantizedWeights(second, quantizedState(first), 1, "stage 0");
  const before = [...quantizedState(first)].map(([name, x]) => [name, x.toArray()]);
  train(second);
  assert.deepEqual(
    [...quantizedState(first)].map(([name, x]) => [name, x.toArray()]),
    before,
  );
});

const FAULTS: readonly [title: string, damage: (found: Map<string, Tensor>) => unknown, message: string][] = [
  [
    "a missing weight",
    (found) => found.delete("conv2.weight"),
    'tensor "conv2.weight": expected shape [4,4,3,3], found no such tensor',
  ],
  [
    "a missing statistic",
    (found) => found.delete("bn2.running_var"),
    'tensor "bn2.running_var": expected shape [4], found no such tensor',
  ],
  [
    "another number of classes",
    (found) => found.set("linear.weight", ones([5, 4])),
    'tensor "linear.weight": expected shape [3,4], found [5,4]',
  ],
  [
    "a float weight",
    (found) => found.set("linear.weight", tensor([1, -1, 1, 0.75, 1, 1, 1, 1, 1, 1, 1, 1], [3, 4])),
    'tensor "linear.weight": element 3: expected a value of the stage before stage 1, one of -1, 1, found 0.75',
  ],
  [
    "a weight of a later stage",
    (found) => found.set("linear.weight", tensor([-0.5, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1], [3, 4])),
    'tensor "linear.weight": element 0: expected a value of the stage before stage 1, one of -1, 1, found -0.5',
  ],
];
for (const [title, damage, message] of FAULTS) {
  test(`${title}: an error that names it, and the network stays as it was`, () => {
    manualSeed(3);
    const found = quantizedState(new Network(0));
    damage(found);
    const network = new Network(1);
    const state = () => [...trainingState(network)].map(([name, x]) => [name, x.toArray()]);
    const before = state();
    assert.throws(() => refineQuantizedWeights(network, found, 1, "a.pth"), {
      name: "InputError",
      message: `a.pth: ${message}`,
    });
    assert.deepEqual(state(), before);
  });
}
