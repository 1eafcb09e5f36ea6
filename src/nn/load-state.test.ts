import assert from "node:assert/strict";
import { test } from "node:test";
import { assertNear } from "../../tests/support/near.js";
import { noGrad } from "../tensor/autograd.js";
import { rand, randn, tensor } from "../tensor/create.js";
import { globalAvgPool2d } from "../tensor/pooling.js";
import { clone, flatten } from "../tensor/shape.js";
import { liveTensors, scope, type Tensor } from "../tensor/tensor.js";
import { InputError } from "../text/errors.js";
import { BatchNorm2d } from "./batch-norm.js";
import { Conv2d } from "./conv2d.js";
import { Linear } from "./linear.js";
import { describeReport } from "./load-report.js";
import { loadByName } from "./load-state.js";
import { type Mode, Module } from "./module.js";
import { quantizedState, trainingState } from "./state-dict.js";

const VALUES = [-1, 0.1, 1];
const OPTIONS = { imageShape: [2, 5, 5] };

interface SmallOptions {
  readonly values?: readonly number[] | null;
  readonly lastLayer?: boolean;
  readonly numClasses?: number;
}

/** linear(mean(relu(bn2(conv2(relu(bn1(conv1(x)))))))); conv2, and the last layer if asked, are searched. */
class Small extends Module {
  readonly #conv1: Conv2d;
  readonly #bn1: BatchNorm2d;
  readonly #conv2: Conv2d;
  readonly #bn2: BatchNorm2d;
  readonly #linear: Linear;

  constructor({ values = VALUES, lastLayer = false, numClasses = 3 }: SmallOptions = {}) {
    super();
    const shared = { outChannels: 4, kernelSize: 3, padding: 1, fanMode: "fan-in" } as const;
    this.#conv1 = this.child("conv1", new Conv2d({ ...shared, inChannels: 2, values: null }));
    this.#bn1 = this.child("bn1", new BatchNorm2d(4));
    this.#conv2 = this.child("conv2", new Conv2d({ ...shared, inChannels: 4, values }));
    this.#bn2 = this.child("bn2", new BatchNorm2d(4));
    const [weight, bias] = [randn([numClasses, 4]), randn([numClasses])];
    this.#linear = this.child("linear", new Linear({ weight, bias, values: lastLayer ? values : null }));
  }

  override forward(input: Tensor, mode: Mode): Tensor {
    const hidden = this.#bn1.forwardRelu(this.#conv1.forward(input, mode), mode);
    const features = this.#bn2.forwardRelu(this.#conv2.forward(hidden, mode), mode);
    return this.#linear.forward(flatten(globalAvgPool2d(features), 1), mode);
  }
}

/** Copies of a network's tensors, the statistics made up. */
function fileOf(module: Module, state: (module: Module) => Map<string, Tensor> = trainingState): Map<string, Tensor> {
  return new Map(
    [...state(module)].map(([name, x]) => [
      name,
      noGrad(() => (/running_(mean|var)$/.test(name) ? rand(x.shape) : clone(x))),
    ]),
  );
}

/** Everything in a module, as numbers. */
function snapshot(module: Module): unknown {
  return [
    ...[...trainingState(module)].map(([name, x]) => [name, x.toArray()]),
    ...[...module.namedSearchedWeights()].map(([name, { weight }]) => [name, weight.toArray()]),
  ];
}

function outputs(module: Module, images: Tensor): number[] {
  return noGrad(() => module.forward(images, "eval")).toArray();
}

function renamed(file: ReadonlyMap<string, Tensor>, rename: (name: string) => string): Map<string, Tensor> {
  return new Map([...file].map(([name, x]) => [rename(name), x]));
}

const NOTHING = { missing: [], leftover: [], renamed: [], reinitialised: [], fromFloat: [], quantizedWeights: [] };

test("a training state is restored, logits included", () => {
  const file = fileOf(new Small());
  const network = new Small();
  const { matched, source, ...rest } = loadByName(network, file, "a.pth", OPTIONS);
  assert.deepEqual(rest, NOTHING);
  assert.deepEqual(new Set(matched), new Set([...file.keys()].filter((name) => !name.endsWith("qvals"))));
  for (const [name, x] of trainingState(network)) assert.deepEqual(x.toArray(), file.get(name)?.toArray(), name);
  assert.deepEqual(
    network.namedSearchedWeights().next().value?.[1].weight.toArray(),
    quantizedState(network).get("conv2.weight")?.toArray(),
  );
  assert.equal(source, "a.pth");
});

test("the names of wrappers, another name for the classifier, no counts of batches, something more", () => {
  const file = renamed(fileOf(new Small()), (name) => `module.${name.replace("linear", "classifier")}`);
  for (const name of [...file.keys()]) if (name.endsWith("num_batches_tracked")) file.delete(name);
  file.set("ema.decay", tensor([1]));
  const network = new Small();
  const report = loadByName(network, file, "a.pth", OPTIONS);
  assert.deepEqual([report.missing, report.leftover], [[], ["ema.decay"]]);
  assert.equal(report.renamed.length, file.size - 1);
  assert.deepEqual(
    report.renamed.find(({ to }) => to === "linear.bias"),
    { from: "module.classifier.bias", to: "linear.bias" },
  );
  const bias = trainingState(network).get("linear.bias");
  assert.deepEqual(bias?.toArray(), file.get("module.classifier.bias")?.toArray());
});

test("from float weights of the value set: the same function, whatever the scale", () => {
  const images = randn([2, 2, 5, 5]);
  for (const factor of [1, 1 / 32]) {
    const float = new Small({ values: null });
    const file = fileOf(float);
    const members = Array.from({ length: 144 }, (_, index) => factor * Math.fround(VALUES[(index * 7) % 3] ?? 0));
    file.set("conv2.weight", tensor(members, [4, 4, 3, 3]));
    loadByName(float, file, "float.pth", OPTIONS);
    const searched = new Small();
    const { fromFloat, missing, leftover } = loadByName(searched, file, "float.pth", OPTIONS);
    assert.deepEqual([missing, leftover], [[], []]);
    assert.deepEqual(
      fromFloat.map(({ layer, absorbedBy }) => [layer, absorbedBy]),
      [["conv2", "bn2"]],
    );
    assertNear([fromFloat[0]?.scale ?? 0], [1 / factor]);
    const members1 = members.map((w) => Math.fround(w / factor));
    assert.deepEqual(quantizedState(searched).get("conv2.weight")?.toArray(), members1);
    // ε of the batch normalization is not scaled: 1e-5 beside variances of about ½.
    assertNear(outputs(searched, images), outputs(float, images), { relative: 1e-3, absolute: 1e-4 });
  }
});

test("running statistics absorb the scale, and so does the bias of a last layer", () => {
  const float = new Small({ values: null });
  const file = fileOf(float);
  const network = new Small({ values: [-1, 1], lastLayer: true });
  const { fromFloat } = loadByName(network, file, "float.pth", OPTIONS);
  const state = trainingState(network);
  const scales = new Map(fromFloat.map(({ layer, scale }) => [layer, scale]));
  const check = (name: string, factor: number) =>
    assertNear(
      state.get(name)?.toArray() ?? [],
      (file.get(name)?.toArray() ?? []).map((x) => x * factor),
    );
  check("bn1.running_mean", 1);
  check("bn2.running_mean", scales.get("conv2") ?? 0);
  check("bn2.running_var", (scales.get("conv2") ?? 0) ** 2);
  check("bn2.weight", 1);
  check("linear.bias", scales.get("linear") ?? 0);
  assert.deepEqual(
    fromFloat.map(({ absorbedBy }) => absorbedBy),
    ["bn2", "linear.bias"],
  );
});

test("without the file's batch statistics there is nothing to scale, and the report says so", () => {
  const file = fileOf(new Small({ values: null }));
  file.delete("bn2.running_var");
  const network = new Small();
  const report = loadByName(network, file, "a.pth", OPTIONS);
  assert.deepEqual(report.missing, ["bn2.running_var"]);
  assert.equal(report.fromFloat[0]?.absorbedBy, null);
  assert.deepEqual(trainingState(network).get("bn2.running_var")?.toArray(), [1, 1, 1, 1]);
  assert.deepEqual(trainingState(network).get("bn2.running_mean")?.toArray(), file.get("bn2.running_mean")?.toArray());
  assert.ok(describeReport(report).includes("scaled, with no normalization or bias that absorbs the scale: 1 (conv2)"));
});

test("logits of another value set give their quantized weights, to a searched and to a float layer", () => {
  const other = new Small({ values: [1, -1] });
  const file = fileOf(other);
  const found = quantizedState(other).get("conv2.weight")?.toArray();
  for (const values of [[-1, 1], null, [-2, -1, 1]]) {
    const network = new Small({ values });
    const report = loadByName(network, file, "a.pth", OPTIONS);
    assert.deepEqual(report.quantizedWeights, ["conv2"]);
    assert.deepEqual([report.missing, report.leftover], [[], []]);
    assert.deepEqual(
      report.fromFloat.map(({ scale }) => scale),
      values === null ? [] : [1],
    );
    assert.deepEqual(quantizedState(network).get("conv2.weight")?.toArray(), found);
  }
});

test("a classifier of another number of classes stays as it was", () => {
  for (const lastLayer of [false, true]) {
    const file = fileOf(new Small({ numClasses: 5, lastLayer }));
    const network = new Small({ lastLayer });
    const before = trainingState(network);
    const [weight, bias] = [before.get(lastLayer ? "linear.alpha" : "linear.weight"), before.get("linear.bias")].map(
      (x) => x?.toArray(),
    );
    const report = loadByName(network, file, "a.pth", OPTIONS);
    assert.deepEqual(
      new Map(report.reinitialised.map(({ name, expected, found }) => [name, [expected, found]])),
      new Map([
        ["linear.weight", [[3, 4], lastLayer ? [5, 4, 3] : [5, 4]]],
        ["linear.bias", [[3], [5]]],
      ]),
    );
    assert.deepEqual([report.missing, report.leftover], [[], []]);
    const after = trainingState(network);
    assert.deepEqual(after.get(lastLayer ? "linear.alpha" : "linear.weight")?.toArray(), weight);
    assert.deepEqual(after.get("linear.bias")?.toArray(), bias);
  }
});

const FAULTS: [string, (file: Map<string, Tensor>) => unknown, string][] = [
  ["another shape", (file) => file.set("bn2.bias", randn([5])), 'tensor "bn2.bias": expected shape [4], found [5]'],
  [
    "a classifier of other inputs",
    (file) => file.set("linear.weight", randn([5, 6])),
    'tensor "linear.weight": expected shape [3,4], found [5,6]',
  ],
  [
    "logits of another shape",
    (file) => file.set("conv2.alpha", randn([4, 4, 3, 1, 3])),
    'tensor "conv2.alpha": expected shape [4,4,3,3,3], found [4,4,3,1,3]',
  ],
  [
    "logits without their values",
    (file) => file.delete("conv2.qvals"),
    'tensor "conv2.qvals": expected the values of the logits beside it, found no such tensor',
  ],
  [
    "values of another number",
    (file) => file.set("conv2.qvals", tensor([1, 2])),
    'tensor "conv2.alpha": expected shape [4,4,3,3,2], found [4,4,3,3,3]',
  ],
  [
    "integer weights",
    (file) => file.set("conv1.weight", tensor(new Array(72).fill(1), [4, 2, 3, 3], "int8")),
    'tensor "conv1.weight": expected float32, found int8',
  ],
  [
    "weights that are not finite",
    (file) => {
      file.delete("conv2.alpha");
      file.set("module.conv2.weight", tensor(new Array(144).fill(Number.NaN), [4, 4, 3, 3]));
    },
    'tensor "module.conv2.weight": expected finite weights, found NaN at 0',
  ],
];

for (const [name, damage, message] of FAULTS) {
  test(`${name}: an error that names the tensor, and the network stays as it was`, () => {
    const network = new Small();
    const before = snapshot(network);
    const file = fileOf(new Small());
    damage(file);
    assert.throws(() => loadByName(network, file, "run/a.pth", OPTIONS), new InputError(`run/a.pth: ${message}`));
    assert.deepEqual(snapshot(network), before);
  });
}

test("a file of nothing that fits is refused, with names of both", () => {
  const message =
    "a.pth: expected tensors of this network (conv1.weight, bn1.weight, bn1.bias, …), found none of them (it has x, y, …)";
  assert.throws(
    () =>
      loadByName(
        new Small(),
        new Map([
          ["x", tensor([1])],
          ["y", tensor([1])],
        ]),
        "a.pth",
        OPTIONS,
      ),
    new InputError(message),
  );
  assert.throws(() => loadByName(new Small(), new Map([["", tensor([1])]]), "a.pth", OPTIONS), /found none of them/);
  assert.throws(() => loadByName(new Small(), new Map(), "a.pth", OPTIONS), /bn1.bias, …\), found no tensors$/);
});

test("loading leaves no tensors behind, and the file's as they were", () => {
  const file = fileOf(new Small({ values: null, lastLayer: true }));
  const contents = [...file.values()].map((x) => x.toArray());
  const network = new Small({ lastLayer: true });
  const before = liveTensors();
  scope(() => loadByName(network, file, "a.pth", OPTIONS));
  assert.equal(liveTensors(), before);
  assert.deepEqual(
    [...file.values()].map((x) => x.toArray()),
    contents,
  );
});
