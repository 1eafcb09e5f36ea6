import assert from "node:assert/strict";
import { test } from "node:test";
import { add, mul } from "./arithmetic.js";
import { ones, randn, zeros } from "./create.js";
import { type BatchNormState, batchNorm, batchNormAdd, batchNormRelu } from "./normalization.js";
import { tensorOperator } from "./operator.js";
import { sum } from "./reduce.js";
import { manualSeed, setThreads } from "./runtime.js";
import { clone, contiguous, detach, to } from "./shape.js";
import { scope, type Tensor } from "./tensor.js";

interface Pass {
  readonly output: number[];
  readonly gradients: number[][];
  readonly runningMean: number[];
  readonly runningVar: number[];
}

/** Runs forward and backward on given numbers, in a dtype and a memory format. */
function pass(
  input: Tensor,
  residual: Tensor | null,
  weight: Tensor,
  upstream: Tensor,
  dtype: "float32" | "float64",
  channelsLast: boolean,
  operator = batchNormRelu,
): Pass {
  const prepare = (x: Tensor): Tensor => {
    const converted = clone(to(detach(x), dtype));
    const laidOut = channelsLast && x.shape.length === 4 ? contiguous(converted, "channels_last") : converted;
    laidOut.requiresGrad = true;
    return laidOut;
  };
  const x = prepare(input);
  const added = residual && prepare(residual);
  const gamma = prepare(weight);
  const beta = prepare(mul(weight, 0.3));
  const channels = weight.shape[0] ?? 0;
  const state: BatchNormState = {
    weight: gamma,
    bias: beta,
    runningMean: zeros([channels], dtype),
    runningVar: ones([channels], dtype),
  };
  const y = operator(x, added, state, true);
  sum(mul(y, to(upstream, dtype))).backward();
  const leaves = [x, gamma, beta, ...(added ? [added] : [])];
  return {
    output: y.toArray(),
    gradients: leaves.map((leaf) => leaf.grad?.toArray() ?? []),
    runningMean: state.runningMean.toArray(),
    runningVar: state.runningVar.toArray(),
  };
}

/** ‖a − b‖ / ‖b‖. */
function distance(a: readonly number[], b: readonly number[]): number {
  assert.equal(a.length, b.length);
  return Math.hypot(...a.map((value, index) => value - (b[index] ?? Number.NaN))) / Math.hypot(...b);
}

for (const [batch, channels, height, width] of [
  [4, 16, 9, 7],
  [3, 32, 8, 8],
  [2, 64, 5, 5],
  [5, 5, 3, 3],
  [2, 300, 4, 6],
  [2, 1, 3, 3],
] as const) {
  for (const withResidual of [false, true]) {
    test(`the fused operator equals the composition in float64: [${batch}, ${channels}, ${height}, ${width}], residual ${withResidual}`, () => {
      scope(() => {
        manualSeed(1);
        const shape = [batch, channels, height, width];
        // A mean away from zero is where careless sums lose digits.
        const input = add(mul(randn(shape), 2), 3);
        const residual = withResidual ? randn(shape) : null;
        const weight = randn([channels]);
        const upstream = randn(shape);
        const exact = pass(input, residual, weight, upstream, "float64", false);
        const fused = pass(input, residual, weight, upstream, "float32", true);
        assert.ok(distance(fused.output, exact.output) < 1e-6);
        fused.gradients.forEach((gradient, index) => {
          assert.ok(distance(gradient, exact.gradients[index] ?? []) < 1e-5, `gradient ${index}`);
        });
        assert.ok(distance(fused.runningMean, exact.runningMean) < 1e-6);
        assert.ok(distance(fused.runningVar, exact.runningVar) < 1e-6);
      });
    });
  }
}

for (const withResidual of [false, true]) {
  test(`without ReLU the fused operator equals the composition in float64: residual ${withResidual}`, () => {
    scope(() => {
      manualSeed(5);
      for (const channels of [16, 20]) {
        const shape = [4, channels, 9, 7];
        const [input, upstream, weight] = [add(randn(shape), 2), randn(shape), randn([channels])];
        const residual = withResidual ? randn(shape) : null;
        const exact = pass(input, residual, weight, upstream, "float64", false, batchNormAdd);
        const fused = pass(input, residual, weight, upstream, "float32", true, batchNormAdd);
        assert.ok(distance(fused.output, exact.output) < 1e-6);
        assert.ok(fused.output.some((value) => value < 0));
        assert.equal(fused.gradients.length, withResidual ? 4 : 3);
        fused.gradients.forEach((gradient, index) => {
          assert.ok(distance(gradient, exact.gradients[index] ?? []) < 1e-5, `gradient ${index}`);
        });
        assert.ok(distance(fused.runningVar, exact.runningVar) < 1e-6);
      }
    });
  });
}

test("more channels than the fused operator takes go to the composition", () => {
  scope(() => {
    const shape = [2, 2049, 1, 1];
    const [input, weight, upstream] = [randn(shape), randn([2049]), randn(shape)];
    const wide = pass(input, null, weight, upstream, "float32", true);
    const exact = pass(input, null, weight, upstream, "float64", false);
    assert.ok(distance(wide.output, exact.output) < 1e-4);
  });
});

test("threads do not change a bit", () => {
  scope(() => {
    manualSeed(2);
    const shape = [9, 16, 20, 20];
    const [input, residual, weight, upstream] = [randn(shape), randn(shape), randn([16]), randn(shape)];
    const run = (threads: number) => {
      setThreads(threads);
      return pass(input, residual, weight, upstream, "float32", true);
    };
    assert.deepEqual(run(1), run(2));
  });
});

test("the running statistics' versions tell that they were written to", () => {
  scope(() => {
    const input = contiguous(randn([2, 3, 4, 4]), "channels_last");
    for (const normalize of [
      (state: BatchNormState) => batchNormRelu(input, null, state, true),
      // Over a group, if of this process alone.
      (state: BatchNormState) => batchNorm(input, state, true, { group: 0 }),
    ]) {
      const state = { weight: ones([3]), bias: zeros([3]), runningMean: zeros([3]), runningVar: ones([3]) };
      const statistics = [state.runningMean, state.runningVar];
      const before = statistics.map(({ version }) => version);
      normalize(state);
      statistics.forEach(({ version }, index) => {
        assert.ok(version > (before[index] ?? Number.NaN));
      });
    }
  });
});

test("a gradient through running statistics that training has moved since is an error", () => {
  scope(() => {
    const input = contiguous(randn([2, 3, 4, 4]), "channels_last");
    const state = { weight: ones([3]), bias: zeros([3]), runningMean: zeros([3]), runningVar: ones([3]) };
    state.weight.requiresGrad = true;
    const evaluated = sum(batchNormRelu(input, null, state, false));
    batchNormRelu(input, null, state, true);
    assert.throws(() => evaluated.backward(), /modified by an inplace operation/);
  });
});

test("a NaN passes through", () => {
  scope(() => {
    const input = mul(randn([2, 3, 2, 2]), Number.NaN);
    const { output } = pass(input, null, ones([3]), ones([2, 3, 2, 2]), "float32", true);
    assert.ok(output.every(Number.isNaN));
  });
});

test("the operator refuses what it does not compute", () => {
  const native = tensorOperator("weight_search::batch_norm_relu");
  const call = (input: Tensor, residual: Tensor | null, channels: number) =>
    native(input, residual, ones([channels]), zeros([channels]), zeros([channels]), ones([channels]), 0.1, 1e-5);
  scope(() => {
    const image = contiguous(randn([2, 3, 4, 4]), "channels_last");
    assert.throws(() => call(image, null, 4), /contiguous float32 \[3\]/);
    assert.throws(() => call(image, randn([2, 3, 4, 5]), 3), /residual must have the input's shape/);
    assert.throws(() => call(contiguous(randn([1, 3, 1, 1]), "channels_last"), null, 3), /more than one value/);
  });
});
