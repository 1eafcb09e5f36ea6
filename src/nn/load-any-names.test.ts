// Loading into a network with unusual layer names: the layers' roles come from the trace.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertNear } from "../../tests/support/near.js";
import { noGrad } from "../tensor/autograd.js";
import { rand, randn } from "../tensor/create.js";
import { globalAvgPool2d, maxPool2d } from "../tensor/pooling.js";
import { clone, flatten } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { BatchNorm2d } from "./batch-norm.js";
import { Conv2d } from "./conv2d.js";
import { Linear } from "./linear.js";
import { loadByName } from "./load-state.js";
import { type Mode, Module } from "./module.js";
import { trainingState } from "./state-dict.js";

const OPTIONS = { imageShape: [3, 8, 8] };

/** out(mean(relu(norm_a(pool(stem(x)))))), the first layer searched. */
class Own extends Module {
  readonly #stem: Conv2d;
  readonly #normA = this.child("norm_a", new BatchNorm2d(4));
  readonly #out: Linear;

  constructor(values: readonly number[] | null, numClasses = 3) {
    super();
    this.#stem = this.child(
      "stem",
      new Conv2d({ inChannels: 3, outChannels: 4, kernelSize: 3, padding: 1, fanMode: "fan-in", values }),
    );
    this.#out = this.child(
      "out",
      new Linear({ weight: randn([numClasses, 4]), bias: randn([numClasses]), values: null }),
    );
  }

  override forward(input: Tensor, mode: Mode): Tensor {
    const pooled = maxPool2d(this.#stem.forward(input, mode), 2);
    return this.#out.forward(flatten(globalAvgPool2d(this.#normA.forwardRelu(pooled, mode)), 1), mode);
  }
}

/** Copies of a float network's tensors, the statistics made up; the classifier under another name if asked. */
function floatFile(numClasses: number, classifier = "out"): Map<string, Tensor> {
  return new Map(
    [...trainingState(new Own(null, numClasses))].map(([name, x]) => [
      name.replace(/^out\b/, classifier),
      noGrad(() => (/running_(mean|var)$/.test(name) ? rand(x.shape) : clone(x))),
    ]),
  );
}

test("the normalization takes in the scale of the float weights that a search starts from", () => {
  const file = floatFile(3);
  const network = new Own([-1, 1]);
  const { fromFloat } = loadByName(network, file, "own.pth", OPTIONS);
  const [start] = fromFloat;
  assert.ok(start && start.scale !== 1);
  assert.deepEqual([start.layer, start.absorbedBy], ["stem", "norm_a"]);
  const state = trainingState(network);
  for (const [name, factor] of [
    ["norm_a.running_mean", start.scale],
    ["norm_a.running_var", start.scale ** 2],
    ["norm_a.weight", 1],
  ] as const) {
    const expected = (file.get(name)?.toArray() ?? []).map((x) => x * factor);
    assertNear(state.get(name)?.toArray() ?? [], expected);
  }
});

test("the classifier stays as it was where the file has another number of classes, whatever the file calls it", () => {
  for (const name of ["out", "fc"]) {
    const file = floatFile(5, name);
    const network = new Own(null);
    const before = ["out.weight", "out.bias"].map((each) => trainingState(network).get(each)?.toArray());
    const report = loadByName(network, file, "own.pth", OPTIONS);
    assert.deepEqual(
      report.reinitialised.map(({ name: tensor, expected, found }) => [tensor, expected, found]),
      [
        ["out.weight", [3, 4], [5, 4]],
        ["out.bias", [3], [5]],
      ],
    );
    assert.deepEqual([report.missing, report.leftover], [[], []]);
    const after = ["out.weight", "out.bias"].map((each) => trainingState(network).get(each)?.toArray());
    assert.deepEqual(after, before);
  }
});

test("of the same number of classes it is loaded", () => {
  const file = floatFile(3, "classifier");
  const network = new Own(null);
  const { reinitialised, renamed } = loadByName(network, file, "own.pth", OPTIONS);
  assert.deepEqual(reinitialised, []);
  assert.deepEqual(renamed, [
    { from: "classifier.weight", to: "out.weight" },
    { from: "classifier.bias", to: "out.bias" },
  ]);
  assert.deepEqual(trainingState(network).get("out.weight")?.toArray(), file.get("classifier.weight")?.toArray());
});
