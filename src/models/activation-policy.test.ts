import assert from "node:assert/strict";
import { test } from "node:test";
import { shapesOf } from "../../tests/support/state-entries.js";
import { Conv2d } from "../nn/conv2d.js";
import type { Module } from "../nn/module.js";
import { QuantizedActivation } from "../nn/quantized-activation.js";
import { add, mul } from "../tensor/arithmetic.js";
import { noGrad } from "../tensor/autograd.js";
import { randn } from "../tensor/create.js";
import { globalAvgPool2d } from "../tensor/pooling.js";
import { sum } from "../tensor/reduce.js";
import { manualSeed } from "../tensor/runtime.js";
import { contiguous, flatten } from "../tensor/shape.js";
import { halveAndPad } from "../tensor/shortcut.js";
import { scope, type Tensor } from "../tensor/tensor.js";
import { InputError } from "../text/errors.js";
import type { ActivationPolicy } from "./activation-policy.js";
import { checkActivationBits, networkFamily, networks } from "./registry.js";

function build(arch: string, activations: ActivationPolicy | null): Module {
  const family = networks.get(arch);
  assert.ok(family);
  manualSeed(1);
  return family.build({ numClasses: 10, search: null, activations });
}

/**
 * Places at which activations are quantized: before every convolution but the first, a shortcut's sharing its block's.
 */
const PLACES = { resnet20: 18, vgg_small: 5, resnet18: 16, resnet34: 32, resnet50: 48 };
const LAST = {
  resnet20: "linear_act",
  vgg_small: "fc_act",
  resnet18: "fc_act",
  resnet34: "fc_act",
  resnet50: "fc_act",
};

for (const [arch, places] of Object.entries(PLACES)) {
  test(`${arch}: clips are parameters beside the float network's, signs have none`, () => {
    scope(() => {
      const float = shapesOf(build(arch, null));
      for (const lastLayer of [false, true]) {
        const shapes = shapesOf(build(arch, { bits: 4, lastLayer }));
        const clips = Object.keys(shapes).filter((name) => name.endsWith(".clip"));
        assert.equal(clips.length, places + Number(lastLayer));
        assert.equal(clips.includes(`${LAST[arch as keyof typeof LAST]}.clip`), lastLayer);
        assert.ok(clips.every((name) => /^((layer\d\.\d\.)?act\d|\w+_act)\.clip$/.test(name)));
        const rest = Object.fromEntries(Object.entries(shapes).filter(([name]) => !clips.includes(name)));
        assert.deepEqual(rest, float);
        for (const name of clips) assert.deepEqual(shapes[name], []);
        if (arch !== "resnet50") assert.deepEqual(shapesOf(build(arch, { bits: 1, lastLayer })), float);
      }
    });
  });
}

test("what goes into every convolution but the first has few values, and every parameter a gradient", () => {
  for (const arch of ["resnet20", "vgg_small", "resnet18", "resnet50"]) {
    for (const bits of arch === "resnet50" ? [2] : [1, 2]) {
      scope(() => {
        const network = build(arch, { bits, lastLayer: true });
        const distinct = new Map<string, number>();
        for (const [path, module] of network.namedModules()) {
          if (!(module instanceof Conv2d)) continue;
          const { forward } = module;
          module.forward = (x, mode) => {
            distinct.set(path, new Set(x.toArray()).size);
            return forward.call(module, x, mode);
          };
        }
        const images = contiguous(randn([3, 3, 32, 32]), networks.get(arch)?.memoryFormat);
        const logits = network.forward(images, "train");
        sum(mul(logits, randn(logits.shape))).backward();
        for (const [path, count] of distinct) {
          // Bi-Real Net's shortcuts stay float.
          const isQuantized = path !== "conv1" && !(bits === 1 && path.includes("downsample"));
          assert.equal(count <= 2 ** bits, isQuantized, `${arch}, ${bits} bits: ${path} sees ${count} values`);
        }
        for (const [name, { grad }] of network.namedParameters()) {
          assert.ok(grad?.toArray().every(Number.isFinite), `${arch}, ${bits} bits: ${name}`);
        }
      });
    }
  }
});

/**
 * Bi-Real Net's ResNet-20 written out, of float weights, in evaluation with new statistics: normalization divides by
 * √(1 + ε).
 */
function birealResnet20(images: Tensor, weights: ReadonlyMap<string, Conv2d>, sign: QuantizedActivation): Tensor {
  const normalized = (x: Tensor) => mul(x, 1 / Math.sqrt(1 + 1e-5));
  const convolved = (name: string, x: Tensor) => {
    const conv = weights.get(name);
    assert.ok(conv, name);
    return normalized(conv.forward(x, "eval"));
  };
  let x = convolved("conv1", images);
  for (const stage of [1, 2, 3]) {
    for (const block of [0, 1, 2]) {
      const added = 2 ** (stage + 1);
      const shortcut = stage > 1 && block === 0 ? halveAndPad(x, added, added) : x;
      const hidden = add(convolved(`layer${stage}.${block}.conv1`, sign.forward(x, "eval")), shortcut);
      x = add(convolved(`layer${stage}.${block}.conv2`, sign.forward(hidden, "eval")), hidden);
    }
  }
  return flatten(globalAvgPool2d(x), 1);
}

test("resnet20 with one bit is Bi-Real Net: a shortcut around every convolution, and no ReLU", () => {
  scope(() => {
    const network = build("resnet20", { bits: 1, lastLayer: false });
    const modules = new Map(network.namedModules());
    const convolutions = new Map(
      [...modules].flatMap(([name, module]) => (module instanceof Conv2d ? [[name, module] as const] : [])),
    );
    const images = contiguous(randn([2, 3, 32, 32]), "channels_last");
    noGrad(() => {
      const expected = modules
        .get("linear")
        ?.forward(birealResnet20(images, convolutions, new QuantizedActivation(1)), "eval");
      const found = network.forward(images, "eval").toArray();
      // A value near 0 may fall to either side by its rounding, which changes little.
      expected?.toArray().forEach((logit, index) => {
        assert.ok(
          Math.abs(logit - (found[index] ?? Number.NaN)) < 0.02 * Math.max(1, Math.abs(logit)),
          `logit ${index}`,
        );
      });
      assert.equal(found.length, 20);
    });
  });
});

test("the fewest bits of a network of bottlenecks are 2", () => {
  assert.throws(() => build("resnet50", { bits: 1, lastLayer: false }), RangeError);
  assert.throws(
    () => checkActivationBits(networkFamily("resnet50"), "resnet50", 1),
    new InputError(
      "`activationBits`: expected 2 to 8 bits for resnet50, whose bottlenecks change the number of channels, " +
        "so that no shortcut goes around each convolution, received 1",
    ),
  );
  for (const [arch, bits] of [
    ["resnet50", 2],
    ["resnet50", null],
    ["resnet34", 1],
    ["vgg_small", 1],
  ] as const) {
    checkActivationBits(networkFamily(arch), arch, bits);
  }
});
