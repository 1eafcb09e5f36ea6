import assert from "node:assert/strict";
import { test } from "node:test";
import { mul, sub } from "./arithmetic.js";
import { conv2d } from "./convolution.js";
import { randn } from "./create.js";
import { tensorOperator } from "./operator.js";
import { sum } from "./reduce.js";
import { manualSeed, setThreads, versions } from "./runtime.js";
import { clone, contiguous, detach, to } from "./shape.js";
import { scope, type Tensor } from "./tensor.js";

const winograd = tensorOperator("weight_search::winograd_convolution");
const available = versions().winograd !== "none";

interface Pass {
  readonly output: Tensor;
  readonly gradients: readonly Tensor[];
}

/** Forward and backward of a convolution of given numbers. */
function pass(
  convolution: (input: Tensor, weight: Tensor) => Tensor,
  [input, weight, upstream]: readonly [Tensor, Tensor, Tensor],
): Pass {
  const leaves = [clone(detach(input)), clone(detach(weight))] as const;
  for (const leaf of leaves) leaf.requiresGrad = true;
  const output = convolution(...leaves);
  sum(mul(output, upstream)).backward();
  return { output, gradients: leaves.map((leaf) => leaf.grad as Tensor) };
}

/** ‖a − b‖ / ‖b‖. */
function distance(a: Tensor, b: Tensor): number {
  assert.deepEqual(a.shape, b.shape);
  const norm = (x: Tensor) => Math.sqrt(sum(mul(x, x)).item() as number);
  return norm(sub(to(a, "float64"), to(b, "float64"))) / norm(to(b, "float64"));
}

function numbers(batch: number, inputs: number, outputs: number, height: number, width: number) {
  return [
    contiguous(randn([batch, inputs, height, width]), "channels_last"),
    randn([outputs, inputs, 3, 3]),
    contiguous(randn([batch, outputs, height, width]), "channels_last"),
  ] as const;
}

for (const [batch, inputs, outputs, height, width] of [
  [3, 16, 16, 8, 8],
  [2, 16, 32, 9, 7],
  [2, 32, 16, 3, 14],
  [1, 48, 80, 5, 6],
  [7, 64, 64, 4, 4],
  [2, 128, 144, 7, 7],
  [1, 16, 16, 1, 1],
  // Weights beyond the caches.
  [2, 512, 272, 5, 5],
  // Several blocks of tiles, and rounds of the gradient.
  [16, 16, 16, 32, 32],
  [9, 256, 256, 16, 16],
] as const) {
  test(`Winograd's convolution equals LibTorch's in float64: ${inputs} → ${outputs}, ${batch} of ${height}×${width}`, {
    skip: !available,
  }, () => {
    scope(() => {
      manualSeed(1);
      const given = numbers(batch, inputs, outputs, height, width);
      const exact = given.map((x) => to(x, "float64")) as unknown as typeof given;
      const ours = pass(winograd, given);
      const reference = pass((input, weight) => conv2d(input, weight, null, { padding: 1 }), exact);
      assert.ok(distance(ours.output, reference.output) < 3e-6);
      ours.gradients.forEach((gradient, index) => {
        assert.ok(distance(gradient, reference.gradients[index] as Tensor) < 5e-6, `gradient ${index}`);
      });
    });
  });
}

test("conv2d takes it where it can, and only there", { skip: !available }, () => {
  scope(() => {
    const [input, weight] = numbers(2, 16, 16, 6, 6);
    const same = (a: Tensor, b: Tensor) => assert.deepEqual(a.toArray(), b.toArray());
    same(conv2d(input, weight, null, { padding: 1 }), winograd(input, weight));
    const atStride2 = conv2d(input, weight, null, { padding: 1, stride: 2 });
    assert.deepEqual(atStride2.shape, [2, 16, 3, 3]);
    const rowMajor = conv2d(contiguous(input), weight, null, { padding: 1 });
    assert.notDeepEqual(rowMajor.toArray(), contiguous(winograd(input, weight)).toArray());
    assert.ok(distance(rowMajor, contiguous(winograd(input, weight))) < 3e-6);
  });
});

test("threads do not change a bit of Winograd's convolution", { skip: !available }, () => {
  for (const [inputs, outputs, side] of [
    [16, 32, 20],
    [256, 256, 12],
  ] as const) {
    scope(() => {
      manualSeed(2);
      const given = numbers(5, inputs, outputs, side, side);
      const run = (threads: number) => {
        setThreads(threads);
        const { output, gradients } = pass(winograd, given);
        return [output, ...gradients].map((x) => x.toArray());
      };
      assert.deepEqual(run(1), run(2));
    });
  }
});

test("unneeded gradients are not computed, and a NaN propagates", { skip: !available }, () => {
  scope(() => {
    const [input, weight, upstream] = numbers(1, 16, 16, 16, 16);
    weight.requiresGrad = true;
    sum(mul(winograd(input, weight), upstream)).backward();
    assert.equal(input.grad, null);
    assert.notEqual(weight.grad, null);
    assert.ok(winograd(mul(input, Number.NaN), weight).toArray().every(Number.isNaN));
  });
});

test("it refuses what it does not compute", { skip: !available }, () => {
  scope(() => {
    const [input, weight] = numbers(1, 16, 16, 4, 4);
    assert.throws(() => winograd(contiguous(input), weight), /channels-last/);
    assert.throws(() => winograd(to(input, "float64"), weight), /float32/);
    assert.throws(() => winograd(input, randn([16, 16, 3, 5])), /weight must be float32 \[O, 16, 3, 3\]/);
    assert.throws(() => winograd(input, randn([8, 16, 3, 3])), /multiples of 16/);
    assert.throws(() => winograd(input, randn([16, 32, 3, 3])), /weight must be/);
  });
});
