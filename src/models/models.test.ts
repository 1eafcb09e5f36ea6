import assert from "node:assert/strict";
import { test } from "node:test";
import { batchNorm, type Entries, shapesOf, weight } from "../../tests/support/state-entries.js";
import type { Module } from "../nn/module.js";
import { noGrad } from "../tensor/autograd.js";
import { randn } from "../tensor/create.js";
import { contiguous } from "../tensor/shape.js";
import { scope } from "../tensor/tensor.js";
import { networkFamily, networks } from "./registry.js";
import type { SearchPolicy } from "./search-policy.js";

function build(name: string, search: SearchPolicy | null, numClasses = 10): Module {
  const family = networks.get(name);
  assert.ok(family, `there is a network ${name}`);
  return family.build({ numClasses, search });
}

// The names and shapes of shared/golden/*/init.safetensors, which the original program wrote.
function resnet20(valueCount: number | null, first: number | null, last: number | null, numClasses = 10): Entries {
  const entries: Entries = { ...weight("conv1", [16, 3, 3, 3], first), ...batchNorm("bn1", 16) };
  let inChannels = 16;
  [16, 32, 64].forEach((channels, stage) => {
    for (const block of [0, 1, 2]) {
      const path = `layer${stage + 1}.${block}`;
      Object.assign(
        entries,
        weight(`${path}.conv1`, [channels, inChannels, 3, 3], valueCount),
        batchNorm(`${path}.bn1`, channels),
        weight(`${path}.conv2`, [channels, channels, 3, 3], valueCount),
        batchNorm(`${path}.bn2`, channels),
      );
      inChannels = channels;
    }
  });
  return { ...entries, ...weight("linear", [numClasses, 64], last), "linear.bias": [numClasses] };
}

function vggSmall(valueCount: number | null, first: number | null, last: number | null, numClasses = 10): Entries {
  const entries: Entries = {};
  let inChannels = 3;
  [128, 128, 256, 256, 512, 512].forEach((channels, index) => {
    const values = index === 0 ? first : valueCount;
    Object.assign(
      entries,
      weight(`conv${index + 1}`, [channels, inChannels, 3, 3], values),
      batchNorm(`bn${index + 1}`, channels),
    );
    inChannels = channels;
  });
  return { ...entries, ...weight("fc", [numClasses, 8192], last), "fc.bias": [numClasses] };
}

const expected = { resnet20, vgg_small: vggSmall };
const VALUES = [-1, -0.5, 0.5, 1];

for (const [name, entries] of Object.entries(expected)) {
  test(`${name}: names and shapes of the state, float and searched, first and last layer float or searched`, () => {
    scope(() => {
      assert.deepEqual(shapesOf(build(name, null)), entries(null, null, null));
      assert.deepEqual(shapesOf(build(name, null, 100)), entries(null, null, null, 100));
      for (const [firstLayer, lastLayer] of [
        [false, false],
        [true, false],
        [false, true],
        [true, true],
      ] as const) {
        const network = build(name, { values: VALUES, firstLayer, lastLayer });
        assert.deepEqual(shapesOf(network), entries(4, firstLayer ? 4 : null, lastLayer ? 4 : null));
      }
    });
  });

  test(`${name}: images to one logit a class, in training and in evaluation`, () => {
    for (const numClasses of [10, 100]) {
      scope(() => {
        const network = build(name, { values: VALUES, firstLayer: false, lastLayer: false }, numClasses);
        for (const mode of ["train", "eval"] as const) {
          const images = contiguous(randn([2, 3, 32, 32]), networks.get(name)?.memoryFormat);
          const logits = noGrad(() => network.forward(images, mode));
          assert.deepEqual(logits.shape, [2, numClasses]);
          assert.ok(logits.toArray().every(Number.isFinite));
        }
      });
    }
  });
}

// resnet20: 3·16·9 + Σ over blocks (C_in·C + C·C)·9 + 2 a channel of each of the 19 batch normalizations + 64·10 + 10.
test("numbers of parameters of the float networks", () => {
  const count = (name: string, numClasses: number) =>
    scope(() => [...build(name, null, numClasses).namedParameters()].reduce((total, [, { size }]) => total + size, 0));
  assert.equal(count("resnet20", 10), 269_722);
  assert.equal(count("resnet20", 100), 275_572);
  assert.equal(count("vgg_small", 10), 4_660_106);
  assert.equal(count("vgg_small", 100), 5_397_476);
});

test("a searched network trains its other parameters: batch normalization, float layers and biases", () => {
  scope(() => {
    const network = build("resnet20", { values: VALUES, firstLayer: false, lastLayer: false });
    const names = [...network.namedParameters()].map(([name]) => name);
    assert.equal([...network.namedSearchedWeights()].length, 18);
    assert.ok(names.includes("conv1.weight") && names.includes("linear.weight") && names.includes("linear.bias"));
    assert.equal(names.length, 1 + 19 * 2 + 2);
    assert.ok([...network.namedParameters()].every(([, parameter]) => parameter.requiresGrad));
    assert.ok([...network.namedBuffers()].every(([, buffer]) => !buffer.requiresGrad));
  });
});

test("images in either memory format give the same logits", () => {
  for (const [name, { imageSize }] of networks) {
    const size = "exactly" in imageSize ? imageSize.exactly : 32;
    scope(() => {
      const network = networkFamily(name).build({ numClasses: 10, channels: 3, imageSize: [size, size], search: null });
      const images = randn([2, 3, size, size]);
      const run = (format: "contiguous_format" | "channels_last") =>
        noGrad(() => network.forward(contiguous(images, format), "eval")).toArray();
      const rows = run("contiguous_format");
      const last = run("channels_last");
      assert.ok(rows.every((logit, index) => Math.abs(logit - (last[index] ?? Number.NaN)) < 1e-4));
    });
  }
});
