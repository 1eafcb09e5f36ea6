import assert from "node:assert/strict";
import { test } from "node:test";
import { ones, tensor, zeros } from "../tensor/create.js";
import { liveTensors, scope, type Tensor } from "../tensor/tensor.js";
import { withQuantizedWeights } from "./quantized-weights.js";

/** A weight [2] searched over {−1, 0.5}, whose hard values are 0.5 and −1, and other tensors. */
function state(): Map<string, Tensor> {
  return new Map([
    ["conv1.weight", ones([2])],
    ["layer1.0.conv1.alpha", tensor([0, 1, 3, 2], [2, 2])],
    ["layer1.0.conv1.qvals", tensor([-1, 0.5])],
    ["bn1.running_mean", zeros([3])],
    ["alpha", ones([1])],
  ]);
}

/** With what the search above is of factors of. */
function refinedState(): Map<string, Tensor> {
  return state().set("layer1.0.conv1.init_weight", tensor([-0.5, 0.25]));
}

const values = (tensors: ReadonlyMap<string, Tensor>) => [...tensors].map(([name, x]) => [name, x.shape, x.toArray()]);

const PLAIN = {
  before: [["conv1.weight", [2], [1, 1]]],
  after: [
    ["bn1.running_mean", [3], [0, 0, 0]],
    ["alpha", [1], [1]],
  ],
};

test("logits and values become the weight found, all else is passed on", () => {
  const input = state();
  const found = withQuantizedWeights(input, "file");
  assert.deepEqual(values(found), [...PLAIN.before, ["layer1.0.conv1.weight", [2], [0.5, -1]], ...PLAIN.after]);
  assert.equal(found.get("conv1.weight"), input.get("conv1.weight"));
});

test("factors are multiplied with what they refine", () => {
  const refined = ["layer1.0.conv1.weight", [2], [-0.25, -0.25]];
  assert.deepEqual(values(withQuantizedWeights(refinedState(), "file")), [...PLAIN.before, refined, ...PLAIN.after]);
  assert.deepEqual(values(withQuantizedWeights(refinedState(), "file", { onlyFactors: true })), [
    ...PLAIN.before,
    refined,
    ...PLAIN.after,
  ]);
});

test("only factors, if asked: a search of the weights themselves can go on", () => {
  const input = state();
  assert.deepEqual([...withQuantizedWeights(input, "file", { onlyFactors: true })], [...input]);
});

test("a frozen weight, or values, without logits are no search", () => {
  for (const name of ["conv1.init_weight", "conv1.qvals"]) {
    const input = new Map([[name, ones([2])]]);
    assert.deepEqual([...withQuantizedWeights(input, "file")], [...input]);
  }
});

test("only the weights found are made", () => {
  scope(() => {
    const input = refinedState();
    const before = liveTensors();
    // One that is sampled and one that is multiplied.
    withQuantizedWeights(input, "file");
    assert.equal(liveTensors(), before + 2);
  });
});

const FAULTS: readonly [title: string, name: string, tensor: Tensor | null, message: string][] = [
  ["no values", "qvals", null, '"layer1.0.conv1.qvals": expected float32 [2], found no such tensor'],
  ["too many values", "qvals", ones([3]), '"layer1.0.conv1.qvals": expected float32 [2], found float32 [3]'],
  ["values in a matrix", "qvals", ones([1, 2]), '"layer1.0.conv1.qvals": expected float32 [2], found float32 [1,2]'],
  ["whole logits", "alpha", ones([2, 2], "int64"), '"layer1.0.conv1.alpha": expected float32, found int64 [2,2]'],
  [
    "a frozen weight of another shape",
    "init_weight",
    ones([3]),
    '"layer1.0.conv1.init_weight": expected float32 [2], found float32 [3]',
  ],
];
for (const [title, name, wrong, message] of FAULTS) {
  test(`${title}: an error that names file and tensor`, () => {
    const input = refinedState();
    if (wrong === null) input.delete(`layer1.0.conv1.${name}`);
    else input.set(`layer1.0.conv1.${name}`, wrong);
    assert.throws(() => withQuantizedWeights(input, "a.pth"), {
      name: "InputError",
      message: `a.pth: tensor ${message}`,
    });
  });
}
