import assert from "node:assert/strict";
import { test } from "node:test";
import { checkGradient, spread } from "../../tests/support/gradient.js";
import { assertNear } from "../../tests/support/near.js";
import { gelu, hardswish, relu6, silu } from "../tensor/activation.js";
import { add, copyInto, mul } from "../tensor/arithmetic.js";
import { composedAttention, scaledDotProductAttention } from "../tensor/attention.js";
import { noGrad } from "../tensor/autograd.js";
import { conv1d, conv2d } from "../tensor/convolution.js";
import { ones, randn, tensor, zeros } from "../tensor/create.js";
import { embedding } from "../tensor/embedding.js";
import { layerNorm } from "../tensor/normalization.js";
import { manualSeed } from "../tensor/runtime.js";
import { reshape, select, slice } from "../tensor/shape.js";
import { scope, type Tensor } from "../tensor/tensor.js";
import { GELU, Hardswish, ReLU, ReLU6, SiLU } from "./activations.js";
import { BatchNorm1d, BatchNorm2d } from "./batch-norm.js";
import { Conv1d } from "./conv1d.js";
import { Conv2d } from "./conv2d.js";
import { Dropout } from "./dropout.js";
import { Embedding } from "./embedding.js";
import { Flatten } from "./flatten.js";
import { LayerNorm } from "./layer-norm.js";
import { Linear } from "./linear.js";
import type { Module } from "./module.js";
import { MultiheadAttention } from "./multihead-attention.js";
import { AdaptiveAvgPool2d, AvgPool2d, MaxPool2d } from "./pooling.js";
import { Residual } from "./residual.js";
import { Sequential } from "./sequential.js";

const VALUES = [-1, 1];

function names(module: Module): string[] {
  return [...module.namedLeaves()].map(([name]) => name);
}

function within(values: readonly number[], bound: number): void {
  const largest = Math.max(...values.map(Math.abs));
  assert.ok(largest <= bound && largest > 0.9 * bound, `${largest} against ${bound}`);
  const variance = values.reduce((sum, value) => sum + value * value, 0) / values.length;
  assertNear([variance], [bound ** 2 / 3], { relative: 0.15, absolute: 0 });
}

test("layers start as PyTorch's: U(−1/√n, 1/√n), n the fan-in, for weight and bias", () => {
  scope(() => {
    manualSeed(3);
    const conv = new Conv2d({ inChannels: 16, outChannels: 64, kernelSize: [3, 5], groups: 4, bias: true });
    assert.deepEqual(conv.weight.shape, [64, 4, 3, 5]);
    within(conv.weight.toArray(), 1 / Math.sqrt(4 * 15));
    within(conv.bias?.toArray() ?? [], 1 / Math.sqrt(4 * 15));
    const conv1 = new Conv1d({ inChannels: 8, outChannels: 64, kernelSize: 5, bias: true });
    within(conv1.weight.toArray(), 1 / Math.sqrt(40));
    const linear = new Linear({ inFeatures: 50, outFeatures: 100 });
    within(linear.weight.toArray(), 1 / Math.sqrt(50));
    within(linear.bias?.toArray() ?? [], 1 / Math.sqrt(50));
    assert.equal(new Linear({ inFeatures: 3, outFeatures: 2, bias: false }).bias, null);
    const table = new Embedding({ numEmbeddings: 100, embeddingDim: 50 }).weight.toArray();
    assertNear([table.reduce((sum, value) => sum + value * value, 0) / table.length], [1], { absolute: 0.05 });
  });
});

test("every layer with a weight is searched over a value set if it is asked to be", () => {
  scope(() => {
    const layers = [
      new Conv2d({ inChannels: 4, outChannels: 4, kernelSize: 3, groups: 4, bias: true, values: VALUES }),
      new Conv1d({ inChannels: 2, outChannels: 4, kernelSize: 3, bias: true, values: VALUES }),
      new Linear({ inFeatures: 5, outFeatures: 3, values: VALUES }),
      new Embedding({ numEmbeddings: 5, embeddingDim: 3, values: VALUES }),
    ];
    for (const layer of layers) {
      assert.ok(layer.weight.toArray().every((value) => VALUES.includes(value)));
      assert.equal([...layer.namedSearchedWeights()].length, 1);
      assert.ok(names(layer).includes("weight"));
    }
    const attention = new MultiheadAttention({ embedDim: 6, numHeads: 2, values: VALUES });
    assert.deepEqual(
      [...attention.namedSearchedWeights("attn.")].map(([name]) => name),
      ["attn.qkv", "attn.proj"],
    );
  });
});

test("groups that do not divide the channels are refused", () => {
  assert.throws(() => new Conv2d({ inChannels: 6, outChannels: 4, kernelSize: 3, groups: 4 }), {
    name: "RangeError",
    message: "groups: expected a divisor of 6 input and 4 output channels, received 4",
  });
  assert.throws(
    () => new MultiheadAttention({ embedDim: 6, numHeads: 4 }),
    /expected a multiple of 4 heads, received 6/,
  );
  assert.throws(() => new Dropout(1), /expected a probability 0 ≤ p < 1, received 1/);
});

test("a grouped convolution is the convolutions of its groups", () => {
  scope(() => {
    manualSeed(1);
    const layer = new Conv2d({
      inChannels: 6,
      outChannels: 4,
      kernelSize: [3, 2],
      groups: 2,
      bias: true,
      dilation: [1, 2],
    });
    const input = randn([2, 6, 7, 8]);
    const { weight, bias } = layer;
    assert.ok(bias);
    const group = (index: number) =>
      conv2d(
        slice(input, 1, 3 * index, 3 * index + 3),
        slice(weight, 0, 2 * index, 2 * index + 2),
        slice(bias, 0, 2 * index, 2 * index + 2),
        { dilation: [1, 2] },
      ).toArray();
    const output = layer.forward(input, "train");
    assert.deepEqual(output.shape, [2, 4, 5, 6]);
    const perImage = (index: number, part: number) => group(part).slice(60 * index, 60 * index + 60);
    assertNear(
      output.toArray(),
      [0, 1].flatMap((image) => [...perImage(image, 0), ...perImage(image, 1)]),
      {
        absolute: 1e-5,
      },
    );
  });
});

test("a convolution of sequences is one of images a pixel high", () => {
  scope(() => {
    const layer = new Conv1d({
      inChannels: 4,
      outChannels: 6,
      kernelSize: 3,
      stride: 2,
      padding: 1,
      groups: 2,
      bias: true,
    });
    const input = randn([2, 4, 9]);
    const wide = conv2d(reshape(input, [2, 4, 1, 9]), reshape(layer.weight, [6, 2, 1, 3]), layer.bias, {
      stride: [1, 2],
      padding: [0, 1],
      groups: 2,
    });
    assert.deepEqual(layer.forward(input, "train").shape, [2, 6, 5]);
    assertNear(layer.forward(input, "train").toArray(), wide.toArray(), { absolute: 1e-5 });
  });
});

test("gradients of convolutions of sequences, layer normalization, embeddings, attention and activations", () => {
  const input = (shape: readonly number[], seed: number) => ({
    values: spread(
      shape.reduce((a, b) => a * b),
      seed,
    ),
    shape,
  });
  checkGradient([input([2, 2, 5], 1), input([4, 1, 3], 2), input([4], 3)], (x, w, b) =>
    conv1d(x, w, b, { groups: 2, padding: 1 }),
  );
  checkGradient([input([3, 4], 1), input([4], 2), input([4], 3)], (x, w, b) => layerNorm(x, w, b));
  const indices = tensor([2, 0, 2], [3], "int64");
  checkGradient([input([4, 2], 1)], (w) => embedding(w, indices));
  checkGradient([input([1, 2, 3, 2], 1), input([1, 2, 3, 2], 2), input([1, 2, 3, 2], 3)], scaledDotProductAttention);
  for (const activation of [gelu, silu, hardswish, relu6]) checkGradient([input([7], 4)], (x) => activation(mul(x, 4)));
});

test("attention is softmax(q kᵀ / √D) v, summed by hand", () => {
  scope(() => {
    const [q, k, v] = [1, 2, 3].map((seed) => tensor(spread(8, seed), [1, 1, 4, 2]));
    assert.ok(q && k && v);
    const row = (x: Tensor, t: number) => x.toArray().slice(2 * t, 2 * t + 2);
    const expected = [0, 1, 2, 3].flatMap((t) => {
      const scores = [0, 1, 2, 3].map((s) =>
        Math.exp(
          ((row(q, t)[0] ?? 0) * (row(k, s)[0] ?? 0) + (row(q, t)[1] ?? 0) * (row(k, s)[1] ?? 0)) / Math.sqrt(2),
        ),
      );
      const total = scores.reduce((a, b) => a + b);
      return [0, 1].map((d) => scores.reduce((sum, score, s) => sum + (score / total) * (row(v, s)[d] ?? 0), 0));
    });
    assertNear(scaledDotProductAttention(q, k, v).toArray(), expected);
    assertNear(composedAttention(q, k, v).toArray(), expected);
  });
});

test("self-attention of several heads is that of each head beside the others", () => {
  scope(() => {
    manualSeed(2);
    const [tokens, features, heads] = [3, 4, 2];
    const layer = new MultiheadAttention({ embedDim: features, numHeads: heads });
    const input = randn([2, tokens, features]);
    const parameters = new Map(layer.namedParameters());
    const of = (name: string) => parameters.get(name) ?? zeros([]);
    const project = (x: Tensor, weight: Tensor, bias: Tensor) => {
      const projection = new Linear({ weight, bias });
      return projection.forward(x, "eval");
    };
    const part = (index: number) =>
      project(
        input,
        slice(of("qkv.weight"), 0, 4 * index, 4 * index + 4),
        slice(of("qkv.bias"), 0, 4 * index, 4 * index + 4),
      );
    const head = (x: Tensor, index: number) => reshape(slice(x, 2, 2 * index, 2 * index + 2), [2, 1, tokens, 2]);
    const outputs = [0, 1].map((index) =>
      composedAttention(head(part(0), index), head(part(1), index), head(part(2), index)),
    );
    const joined = zeros([2, tokens, features]);
    noGrad(() => {
      outputs.forEach((output, index) => {
        copyInto(slice(joined, 2, 2 * index, 2 * index + 2), reshape(output, [2, tokens, 2]));
      });
    });
    const expected = project(joined, of("proj.weight"), of("proj.bias"));
    assertNear(layer.forward(input, "train").toArray(), expected.toArray(), { absolute: 1e-6 });
  });
});

test("layer normalization: mean 0 and variance 1 of each row, then γ and β", () => {
  const layer = new LayerNorm(4, { epsilon: 0 });
  assertNear(
    layer.forward(tensor([1, 2, 3, 4], [1, 4]), "train").toArray(),
    [-3, -1, 1, 3].map((x) => x / Math.sqrt(5)),
  );
  assert.deepEqual(names(layer), ["weight", "bias"]);
});

test("batch normalization of features and of sequences is that of images of as many pixels", () => {
  scope(() => {
    for (const shape of [
      [6, 3],
      [4, 3, 5],
    ]) {
      const [layer, images] = [new BatchNorm1d(3), new BatchNorm2d(3)];
      const input = randn(shape);
      const wide = reshape(input, [shape[0] ?? 0, 3, shape[2] ?? 1, 1]);
      for (const mode of ["train", "eval"] as const) {
        const output = layer.forward(input, mode);
        assert.deepEqual(output.shape, shape);
        assertNear(output.toArray(), images.forward(wide, mode).toArray());
      }
      assert.deepEqual(layer.runningVar.toArray(), images.runningVar.toArray());
    }
    assert.throws(() => new BatchNorm1d(3).forward(randn([1, 3]), "train"), /at least 2 images in each training batch/);
  });
});

test("dropout scales what it keeps, draws from the seeded generator, and is the identity in evaluation", () => {
  scope(() => {
    const layer = new Dropout(0.25);
    const input = ones([10_000]);
    const draw = (seed: number) => {
      manualSeed(seed);
      return layer.forward(input, "train").toArray();
    };
    const first = draw(1);
    assert.deepEqual([...new Set(first)].sort(), [0, Math.fround(1 / 0.75)]);
    assertNear([first.filter((value) => value === 0).length / first.length], [0.25], { absolute: 0.02 });
    assert.deepEqual(draw(1), first);
    assert.notDeepEqual(draw(2), first);
    for (const mode of ["eval", "calibrate"] as const) assert.equal(layer.forward(input, mode), input);
  });
});

test("modules in a row, around a shortcut, and the usual layers without weights", () => {
  scope(() => {
    manualSeed(4);
    const input = randn([2, 3, 8, 8]);
    const body = new Sequential(
      new Conv2d({ inChannels: 3, outChannels: 3, kernelSize: 3, padding: 1 }),
      new BatchNorm2d(3),
      new ReLU(),
    );
    const network = new Sequential(
      new Residual(body),
      new MaxPool2d(2),
      new AvgPool2d(2),
      new AdaptiveAvgPool2d([2, 1]),
      new Flatten(),
      new Linear({ inFeatures: 6, outFeatures: 5 }),
    );
    assert.deepEqual(names(network), [
      ...["0.body.0.weight", "0.body.1.weight", "0.body.1.bias"],
      ...["5.weight", "5.bias"],
    ]);
    assert.deepEqual(network.forward(input, "train").shape, [2, 5]);
    assertNear(
      new Residual(new ReLU(), new GELU()).forward(input, "train").toArray(),
      add(new ReLU().forward(input, "train"), gelu(input)).toArray(),
    );
    assertNear(new AdaptiveAvgPool2d().forward(ones([1, 2, 3, 5]), "eval").toArray(), [1, 1]);
  });
});

test("activations at a few points", () => {
  const x = tensor([-4, -1, 0, 2, 8]);
  const at = (module: Module) => module.forward(x, "eval").toArray();
  const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));
  assertNear(at(new ReLU6()), [0, 0, 0, 2, 6]);
  assertNear(
    at(new SiLU()),
    [-4, -1, 0, 2, 8].map((z) => z * sigmoid(z)),
  );
  assertNear(at(new Hardswish()), [0, -1 / 3, 0, 5 / 3, 8]);
  assertNear(at(new GELU()), [-0.000126686, -0.158655254, 0, 1.954499736, 8]);
});

test("rows of an embedding are those of its table", () => {
  scope(() => {
    const layer = new Embedding({ numEmbeddings: 4, embeddingDim: 3, values: [-1, 0, 1] });
    const rows = layer.forward(tensor([3, 1], [2], "int64"), "train");
    assert.deepEqual(select(rows, 0, 0).toArray(), select(layer.weight, 0, 3).toArray());
  });
});
