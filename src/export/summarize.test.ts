import assert from "node:assert/strict";
import { test } from "node:test";
import type { NetworkFamily } from "../models/network.js";
import { networks } from "../models/registry.js";
import type { SearchPolicy } from "../models/search-policy.js";
import { BatchNorm2d } from "../nn/batch-norm.js";
import { Conv2d } from "../nn/conv2d.js";
import { Linear } from "../nn/linear.js";
import { type Mode, Module } from "../nn/module.js";
import { mul } from "../tensor/arithmetic.js";
import { randn, zeros } from "../tensor/create.js";
import { globalAvgPool2d } from "../tensor/pooling.js";
import { flatten } from "../tensor/shape.js";
import { scope, type Tensor } from "../tensor/tensor.js";
import { InputError } from "../text/errors.js";
import { packNetwork } from "./pack-network.js";
import { type NetworkSummary, type SummaryRequest, summarize } from "./summarize.js";

const TERNARY: SearchPolicy = { values: [-1, 0, 1], firstLayer: false, lastLayer: false };

function summaryOf(arch: string, search: SearchPolicy | null = null, sizes: Partial<SummaryRequest> = {}) {
  const family = networks.get(arch);
  assert.ok(family);
  return summarize({ arch, family, search, ...family.madeFor, ...sizes });
}

/** One row of it, by name. */
function row({ layers }: NetworkSummary, name: string) {
  return layers.find((layer) => layer.name === name);
}

test("a float layer and a searched one", () => {
  const summary = summaryOf("resnet20", TERNARY);
  assert.deepEqual(row(summary, "conv1"), {
    name: "conv1",
    kind: "Conv2d",
    weightShape: [16, 3, 3, 3],
    outputShape: [16, 32, 32],
    parameters: 432,
    values: null,
    bitsPerWeight: 32,
    sizeBytes: 432 * 4,
    multiplyAdds: 432 * 32 * 32,
  });
  assert.deepEqual(row(summary, "layer2.0.conv1"), {
    name: "layer2.0.conv1",
    kind: "Conv2d",
    weightShape: [32, 16, 3, 3],
    outputShape: [32, 16, 16],
    parameters: 4608,
    values: [-1, 0, 1],
    bitsPerWeight: 2,
    sizeBytes: (4608 * 2) / 8 + 3 * 4,
    multiplyAdds: 4608 * 16 * 16,
  });
  assert.deepEqual(row(summaryOf("resnet20", { ...TERNARY, lastLayer: true }), "linear"), {
    name: "linear",
    kind: "Linear",
    weightShape: [10, 64],
    outputShape: [10],
    parameters: 650,
    values: [-1, 0, 1],
    bitsPerWeight: 2,
    sizeBytes: (640 * 2) / 8 + 3 * 4 + 10 * 4,
    multiplyAdds: 640,
  });
});

test("multiply-adds are the published ones, by image size", () => {
  assert.equal(summaryOf("resnet18").multiplyAdds, 1_814_073_344);
  assert.equal(summaryOf("resnet50").multiplyAdds, 4_089_184_256);
  const small = summaryOf("resnet20", null, { imageSize: 32 });
  const large = summaryOf("resnet20", null, { imageSize: 64 });
  assert.equal(small.multiplyAdds, 40_551_040);
  assert.equal(large.multiplyAdds, 4 * (small.multiplyAdds - 640) + 640);
  assert.deepEqual(row(large, "layer3.2.conv2")?.outputShape, [64, 16, 16]);
});

test("rows add up to the totals, of every network", () => {
  for (const arch of networks.keys()) {
    const summary = summaryOf(arch, arch === "resnet20" ? TERNARY : null);
    const total = (key: "parameters" | "sizeBytes") =>
      [...summary.layers, summary.batchNorms, summary.layerNorms].reduce((sum, part) => sum + part[key], 0);
    assert.equal(total("parameters"), summary.parameters.total, arch);
    assert.equal(total("sizeBytes"), summary.sizeBytes, arch);
    assert.ok(summary.layers.every(({ outputShape }) => outputShape.length > 0));
  }
});

test("bits and size are those of the packed model of the network itself", () => {
  for (const [values, firstLayer, lastLayer] of [
    [[-1, 1], false, false],
    [[-1, 0, 1], true, false],
    [[0, 1, 2, 3, 4], false, true],
  ] as const) {
    const search = { values, firstLayer, lastLayer };
    const summary = summaryOf("resnet20", search, { numClasses: 7 });
    const packed = scope(() => {
      const network = networks.get("resnet20")?.build({ numClasses: 7, search });
      assert.ok(network);
      return packNetwork(network);
    });
    assert.ok(packed);
    assert.equal(summary.packedFileBytes, packed.sizeBytes);
    assert.equal(summary.bitsPerWeight, packed.bitsPerWeight);
    assert.equal(summary.searchedBitsPerWeight, packed.searchedBitsPerWeight);
  }
});

test("a float network has 32 bits a weight and no packed file", () => {
  const summary = summaryOf("resnet20");
  assert.deepEqual(summary.parameters, { searched: 0, float: 269_722, total: 269_722 });
  assert.equal(summary.bitsPerWeight, 32);
  assert.equal(summary.searchedBitsPerWeight, 0);
  assert.equal(summary.packedFileBytes, null);
  // 688 channels have running statistics, and 19 batch normalizations a counter.
  assert.equal(summary.sizeBytes, 269_722 * 4 + 688 * 2 * 4 + 19 * 8);
  assert.ok(summary.floatFileBytes > summary.sizeBytes);
});

/** A network of a user's own: its names say nothing, and its middle layer runs twice. */
class Own extends Module {
  readonly #stem: Conv2d;
  readonly #normA: BatchNorm2d;
  readonly #again: Conv2d;
  readonly #out: Linear;
  readonly #place: Tensor | null;

  constructor(search: SearchPolicy | null, hasPlaces: boolean) {
    super();
    const shared = { outChannels: 4, kernelSize: 3, padding: 1, fanMode: "fan-in" } as const;
    this.#stem = this.child("stem", new Conv2d({ ...shared, inChannels: 3, stride: 2, values: null }));
    this.#normA = this.child("norm_a", new BatchNorm2d(4));
    this.#again = this.child("again", new Conv2d({ ...shared, inChannels: 4, values: search?.values ?? null }));
    this.#out = this.child("out", new Linear({ weight: randn([10, 4]), bias: randn([10]), values: null }));
    this.#place = hasPlaces ? this.parameter("place", zeros([4, 4, 4])) : null;
  }

  override forward(input: Tensor, mode: Mode): Tensor {
    const x = this.#normA.forwardRelu(this.#stem.forward(input, mode), mode);
    const y = this.#again.forward(this.#again.forward(x, mode), mode);
    const placed = this.#place === null ? y : mul(y, this.#place);
    return this.#out.forward(flatten(globalAvgPool2d(placed), 1), mode);
  }
}

function ownFamily(hasPlaces: boolean): NetworkFamily {
  return {
    build: ({ search }) => new Own(search, hasPlaces),
    imageSize: { atLeast: 2 },
    madeFor: { imageSize: 8, numClasses: 10 },
    defaultConfig: "synthetic",
    memoryFormat: "channels_last",
  };
}

test("a network with names of its own, whose layer runs twice", () => {
  const family = ownFamily(false);
  const summary = summarize({ arch: "own", family, search: TERNARY, ...family.madeFor });
  assert.deepEqual(
    summary.layers.map(({ name, kind, outputShape, multiplyAdds }) => [name, kind, outputShape, multiplyAdds]),
    [
      ["stem", "Conv2d", [4, 4, 4], 108 * 16],
      ["again", "Conv2d", [4, 4, 4], 2 * 144 * 16],
      ["out", "Linear", [10], 40],
    ],
  );
  assert.deepEqual(row(summary, "again")?.values, TERNARY.values);
  // No normalization follows it, so it has a scale.
  assert.equal(row(summary, "again")?.sizeBytes, (144 * 2) / 8 + 3 * 4 + 4);
  assert.deepEqual(summary.batchNorms, { count: 1, parameters: 8, sizeBytes: 4 * 4 * 4 + 8 });
  assert.equal(summary.parameters.total, 108 + 144 + 1 + 8 + 50);
});

test("a weight that is no convolution's or linear layer's: an error that names it, no silent 0", () => {
  const family = ownFamily(true);
  assert.throws(
    () => summarize({ arch: "own", family, search: null, ...family.madeFor }),
    new InputError(
      'own: tensor "place": expected the weight of a convolution, a linear layer or an embedding, or a parameter that is added, to count its multiply-adds, ' +
        "found shape [4,4,4] used by aten::mul",
    ),
  );
});
