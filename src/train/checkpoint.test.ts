import assert from "node:assert/strict";
import { test } from "node:test";
import { TinyNetwork } from "../../tests/support/tiny-training.js";
import { parseTrainingConfig } from "../config/training.js";
import type { SafetensorsEntry } from "../formats/safetensors.js";
import { stageValues } from "../search/progressive-stages.js";
import { addInPlace, copyInto, mulInPlace } from "../tensor/arithmetic.js";
import { noGrad } from "../tensor/autograd.js";
import { tensor } from "../tensor/create.js";
import { manualSeed } from "../tensor/runtime.js";
import { liveTensors, scope, type Tensor } from "../tensor/tensor.js";
import { checkpointTensors, firstNotFinite, restoreTensors, type Trained } from "./checkpoint.js";
import { newOptimizer } from "./new-optimizer.js";
import { searchStatistics } from "./search-statistics.js";

const VALUES = [-1, -0.5, 0.5, 1];

const CONFIG = parseTrainingConfig(
  { init_lr: 0.1, weight_decay: 0, momentum: 0.9, batch_size: 1, epochs: 1, lr_scheduler: "Cos" },
  "config",
);

function trained(values: readonly number[] | null, seed = 1): Trained {
  manualSeed(seed);
  const network = new TinyNetwork(values);
  return {
    network,
    optimizer: newOptimizer(network, CONFIG),
  };
}

/** Copies of a checkpoint's tensors: those that are read from a file share nothing. */
function entriesOf(of: Trained): Map<string, SafetensorsEntry> {
  return new Map([...checkpointTensors(of)].map(([name, entry]) => [name, { ...entry, data: entry.data.slice() }]));
}

/** Makes every momentum, and what was chosen, another than it began with. */
function stirMomenta({ network, optimizer }: Trained): void {
  const searched = [...network.namedSearchedWeights()];
  noGrad(() => searched.forEach(([, { choices }]) => void addInPlace(choices, 1)));
  const momenta = [
    ...(optimizer.slots[0]?.parameters ?? []),
    ...[...network.namedSearchedWeights()].map(([, { momentum }]) => momentum),
  ];
  scope(() => noGrad(() => momenta.forEach((momentum, index) => void addInPlace(momentum, index + 1))));
}

/** The tensor of a parameter, buffer or searched layer's logits or momentum. */
function tensorOf({ network, optimizer }: Trained, name: string): Tensor {
  const parameters = [...network.namedParameters()];
  const logits = [...network.namedSearchedWeights()].flatMap(([layer, weight]) => [
    [`${layer}.alpha`, weight.logits] as const,
    [`${layer}.alpha.momentum`, weight.momentum] as const,
  ]);
  const momenta = parameters.map(
    ([parameter], index) => [`${parameter}.momentum`, (optimizer.slots[0]?.parameters ?? [])[index]] as const,
  );
  const found = new Map([...parameters, ...network.namedBuffers(), ...logits, ...momenta]).get(name);
  assert.ok(found, name);
  return found;
}

test("a checkpoint holds what training changes, the momentum of each, and what was chosen", () => {
  const names = [...checkpointTensors(trained(VALUES)).keys()];
  const parameters = ["bn0.weight", "bn0.bias", "bn1.weight", "bn1.bias", "fc.weight", "fc.bias"];
  const buffers = ["running_mean", "running_var", "num_batches_tracked"];
  assert.deepEqual(
    names.sort(),
    [
      ...parameters.flatMap((name) => [name, `${name}.momentum`]),
      ...[0, 1].flatMap((layer) => buffers.map((name) => `bn${layer}.${name}`)),
      ...[0, 1].flatMap((layer) =>
        ["alpha", "alpha.momentum", "choices", "qvals"].map((name) => `conv${layer}.${name}`),
      ),
    ].sort(),
  );
});

for (const [title, values] of [
  ["float", null],
  ["searched", VALUES],
] as const) {
  test(`a ${title} network and its optimizer come back to the bit, and no tensor is left`, () => {
    const before = trained(values);
    stirMomenta(before);
    const entries = entriesOf(before);
    const after = trained(values, 2);
    assert.notDeepEqual(entriesOf(after), entries);
    const live = liveTensors();
    restoreTensors(after, entries, "c.json");
    restoreTensors(after, entries, "c.json");
    assert.equal(liveTensors(), live);
    assert.deepEqual(entriesOf(after), entries);
    for (const [name, { weight }] of after.network.namedSearchedWeights()) {
      const drawn = [...before.network.namedSearchedWeights()].find(([layer]) => layer === name)?.[1].weight;
      assert.deepEqual(weight.toArray(), drawn?.toArray(), name);
    }
  });
}

test("a refining network comes back with what it refines, however often, and keeps it", () => {
  const before = trained(stageValues(1));
  scope((keep) => {
    for (const [, weight] of before.network.namedSearchedWeights()) {
      weight.refine(noGrad(() => mulInPlace(addInPlace(weight.weight, 0), -1)));
      keep(weight.frozen);
    }
  });
  stirMomenta(before);
  const entries = entriesOf(before);
  assert.ok(entries.has("conv0.init_weight") && entries.has("conv1.init_weight"));
  const after = trained(stageValues(1), 2);
  const live = liveTensors();
  for (let times = 1; times <= 2; times++) {
    restoreTensors(after, entries, "c.json");
    assert.equal(liveTensors(), live + 2);
    assert.deepEqual(entriesOf(after), entries);
  }
  // What is refined belongs to the checkpoint of a network that refines.
  const less = new Map([...entries].filter(([name]) => name !== "conv1.init_weight"));
  assert.throws(() => restoreTensors(after, less, "c.json"), {
    name: "InputError",
    message: 'c.json: tensor "conv1.init_weight": expected shape [6,4,4,4], found no such tensor',
  });
});

test("a checkpoint without choices, as they once were, has those of its logits", () => {
  const before = trained(VALUES);
  const entries = entriesOf(before);
  for (const name of [...entries.keys()].filter((each) => each.endsWith(".choices"))) entries.delete(name);
  const after = trained(VALUES, 2);
  restoreTensors(after, entries, "c.json");
  const health = (of: Trained) => searchStatistics(of.network, 0.5);
  assert.deepEqual(
    health(after).map(({ changed }) => changed),
    [0, 0],
  );
  health(before);
  assert.deepEqual(health(after), health(before));
});

const F32 = (shape: readonly number[]): SafetensorsEntry => ({
  dtype: "F32",
  shape,
  data: new Uint8Array(shape.reduce((product, side) => product * side, 4)),
});

for (const [title, change, message] of [
  [
    "a missing tensor",
    (entries) => entries.delete("bn1.running_var"),
    'tensor "bn1.running_var": expected shape [6], found no such tensor',
  ],
  [
    "a missing momentum",
    (entries) => entries.delete("conv1.alpha.momentum"),
    'tensor "conv1.alpha.momentum": expected shape [6,4,4,4,4], found no such tensor',
  ],
  [
    "a tensor of another network",
    (entries) => entries.set("conv9.weight", F32([2])),
    'tensor "conv9.weight": expected only tensors of this network, found one it does not have',
  ],
  [
    "a momentum of another network",
    (entries) => entries.set("conv9.weight.momentum", F32([2])),
    'tensor "conv9.weight.momentum": expected only tensors of this network, found one it does not have',
  ],
  [
    "choices of one layer only",
    (entries) => entries.delete("conv1.choices"),
    'tensor "conv1.choices": expected shape [6,4,4,4], found no such tensor',
  ],
  [
    "choices of another network",
    (entries) => entries.set("conv9.choices", { dtype: "U8", shape: [1], data: new Uint8Array(1) }),
    'tensor "conv9.choices": expected only tensors of this network, found one it does not have',
  ],
  [
    "another dtype of choices",
    (entries) => entries.set("conv0.choices", F32([4, 3, 4, 4])),
    'tensor "conv0.choices": expected uint8, found float32',
  ],
  [
    "another shape of the same size",
    (entries) => entries.set("fc.weight", F32([6, 10])),
    'tensor "fc.weight": expected shape [10,6], found [6,10]',
  ],
  [
    "another shape of a momentum",
    (entries) => entries.set("fc.bias.momentum", F32([1, 10])),
    'tensor "fc.bias.momentum": expected shape [10], found [1,10]',
  ],
  [
    "another dtype",
    (entries) => entries.set("fc.bias", { dtype: "F64", shape: [10], data: new Uint8Array(80) }),
    'tensor "fc.bias": expected float32, found float64',
  ],
  [
    "another dtype of a counter",
    (entries) => entries.set("bn0.num_batches_tracked", F32([])),
    'tensor "bn0.num_batches_tracked": expected int64, found float32',
  ],
  [
    "another value set",
    (entries) =>
      entries.set("conv1.qvals", {
        ...F32([4]),
        data: new Uint8Array(Float32Array.of(-1, -0.25, 0.25, 1).buffer),
      }),
    'tensor "conv1.qvals": expected the values -1,-0.5,0.5,1, found -1,-0.25,0.25,1',
  ],
] satisfies [string, (entries: Map<string, SafetensorsEntry>) => unknown, string][]) {
  test(`${title} is named, and nothing has changed`, () => {
    const before = trained(VALUES);
    stirMomenta(before);
    const entries = entriesOf(before);
    change(entries);
    const after = trained(VALUES, 2);
    const untouched = entriesOf(after);
    assert.throws(() => restoreTensors(after, entries, "c.json"), {
      name: "InputError",
      message: `c.json: ${message}`,
    });
    assert.deepEqual(entriesOf(after), untouched);
  });
}

test("the first tensor that is no longer finite is found, logits may be infinite", () => {
  const sound = trained(VALUES);
  assert.equal(firstNotFinite(sound), undefined);
  for (const name of ["fc.bias", "bn1.running_var", "fc.weight.momentum", "conv0.alpha.momentum"]) {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const broken = trained(VALUES);
      spoil(tensorOf(broken, name), bad);
      assert.equal(firstNotFinite(broken), name);
    }
  }
  const never = trained(VALUES);
  spoil(tensorOf(never, "conv1.alpha"), Number.NEGATIVE_INFINITY);
  assert.equal(firstNotFinite(never), undefined);
  spoil(tensorOf(never, "conv1.alpha"), Number.NaN);
  assert.equal(firstNotFinite(never), "conv1.alpha");
});

/** Makes the last element of a tensor a number. */
function spoil(target: Tensor, value: number): void {
  const numbers = target.toArray();
  numbers[numbers.length - 1] = value;
  scope(() => noGrad(() => copyInto(target, tensor(numbers, target.shape))));
}
