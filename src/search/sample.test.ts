import assert from "node:assert/strict";
import { test } from "node:test";
import { checkGradient, spread } from "../../tests/support/gradient.js";
import { assertNear } from "../../tests/support/near.js";
import { sampleByComposition } from "../../tests/support/search-reference.js";
import { mul } from "../tensor/arithmetic.js";
import { tensor, zeros } from "../tensor/create.js";
import type { Dtype } from "../tensor/dtype.js";
import { sum } from "../tensor/reduce.js";
import { transpose } from "../tensor/shape.js";
import { scope, type Tensor } from "../tensor/tensor.js";
import { type Draw, logitGradient, logitSgdStep, sample, sampleInto } from "./sample.js";

const soft = (temperature = 1): Draw => ({ temperature, noiseScale: 0, seed: 0n, step: 0, hard: false });
const hard = (temperature = 1): Draw => ({ ...soft(temperature), hard: true });

/** A value set of K different numbers in no order. */
const valueSet = (count: number): number[] => spread(count, 3).map((value) => 4 * value);

/** Weights and the logits' gradient for L = Σ c·w, by one of the two ways. */
function withGradient(make: (logits: Tensor) => Tensor, logits: Tensor): { weights: number[]; gradient: number[] } {
  return scope(() => {
    logits.clearGrad();
    logits.requiresGrad = true;
    const weights = make(logits);
    const c = tensor(spread(weights.size, 0.25), weights.shape, weights.dtype);
    sum(mul(weights, c)).backward();
    return { weights: weights.toArray(), gradient: logits.grad?.toArray() ?? [] };
  });
}

function compare(shape: readonly number[], count: number, dtype: Dtype, draw: Draw, transposed = false): void {
  scope(() => {
    const size = shape.reduce((product, length) => product * length, count);
    const values = valueSet(count);
    const contiguous = tensor(
      spread(size, count).map((x) => 3 * x),
      transposed ? [...shape.slice(1), shape[0] ?? 1, count] : [...shape, count],
      dtype,
    );
    const logits = transposed ? transpose(contiguous, 0, 1) : contiguous;
    const fused = withGradient((a) => sample(a, values, draw), logits);
    const composed = withGradient((a) => sampleByComposition(a, values, draw.temperature, draw.hard), logits);
    const tolerance = dtype === "float64" ? { relative: 1e-12, absolute: 1e-12 } : { relative: 1e-5, absolute: 2e-6 };
    assertNear(fused.weights, composed.weights, tolerance);
    assertNear(fused.gradient, composed.gradient, tolerance);
  });
}

for (const dtype of ["float32", "float64"] as const) {
  for (const draw of [soft(0.7), hard(0.7)]) {
    test(`fused and composed agree: ${dtype}, ${draw.hard ? "hard" : "soft"}, K = 2 … 17 and 256`, () => {
      for (const count of [...Array.from({ length: 16 }, (_, index) => index + 2), 256]) {
        for (const shape of [[], [1], [3, 5]]) compare(shape, count, dtype, draw);
      }
    });

    test(`fused and composed agree: ${dtype}, ${draw.hard ? "hard" : "soft"}, about the blocks of 64 weights`, () => {
      for (const count of [2, 3, 4, 5, 8, 16]) {
        for (const size of [63, 64, 65, 128, 1000]) compare([size], count, dtype, draw);
      }
    });

    test(`fused and composed agree: ${dtype}, ${draw.hard ? "hard" : "soft"}, logits that are not contiguous`, () => {
      for (const count of [2, 5, 8]) compare([9, 11], count, dtype, draw, true);
    });
  }
}

test("soft weights and their gradients by hand", () => {
  // p = (1/4, 3/4): w = -1/4 + 3/4, dw/da = p (v - w).
  const logits = tensor([0, Math.log(3)], [1, 2], "float64");
  const { weights, gradient } = withGradient((a) => sample(a, [-1, 1], soft()), logits);
  const [c = 0] = spread(1, 0.25);
  assertNear(weights, [0.5], { absolute: 1e-15 });
  assertNear(gradient, [(c * -1.5) / 4, (c * 0.5 * 3) / 4], { absolute: 1e-15 });
});

test("hard weights are values of the set, with the soft weights' gradient", () => {
  const logits = tensor([0, Math.log(3), 1, 0.5, 2, 7, 6, 5], [4, 2], "float64");
  const drawnHard = withGradient((a) => sample(a, [-1, 1], hard(2)), logits);
  const drawnSoft = withGradient((a) => sample(a, [-1, 1], soft(2)), logits);
  assert.deepEqual(drawnHard.weights, [1, -1, 1, -1]);
  assert.deepEqual(drawnHard.gradient, drawnSoft.gradient);
});

test("the gradient of soft weights is that of finite differences, at several temperatures", () => {
  for (const [count, temperature] of [
    [2, 1],
    [3, 0.3],
    [8, 2],
    [17, 0.5],
  ] as const) {
    const input = { values: spread(5 * count, 2), shape: [5, count] };
    checkGradient([input], (logits) => sample(logits, valueSet(count), soft(temperature)));
  }
});

test("logitGradient is the gradient that backward gives", () => {
  const logits = tensor(spread(21), [7, 3]);
  const c = tensor(spread(7, 0.25), [7]);
  const values = valueSet(3);
  const expected = withGradient((a) => sample(a, values, soft(0.4)), logits).gradient;
  assert.deepEqual(logitGradient(c, logits, values, soft(0.4)).toArray(), expected);
});

test("sampleInto writes the same weights", () => {
  const logits = tensor(spread(12), [2, 3, 2]);
  const weights = zeros([2, 3]);
  sampleInto(weights, logits, [-1, 1], soft());
  assert.deepEqual(weights.toArray(), sample(logits, [-1, 1], soft()).toArray());
});

test("no weights at all", () => {
  const logits = zeros([0, 4]);
  assert.deepEqual(sample(logits, valueSet(4), hard()).shape, [0]);
  assert.deepEqual(logitGradient(zeros([0]), logits, valueSet(4), hard()).shape, [0, 4]);
});

test("the first of equal logits wins", () => {
  for (const count of [2, 3, 4, 7, 8, 16, 30]) {
    const values = valueSet(count);
    assert.deepEqual(sample(zeros([1, count]), values, hard()).toArray(), [Math.fround(values[0] ?? 0)]);
    const ties = Array.from({ length: count }, (_, index) => (index === 0 ? 0 : 1));
    assert.deepEqual(sample(tensor(ties, [1, count]), values, hard()).toArray(), [Math.fround(values[1] ?? 0)]);
  }
});

const { POSITIVE_INFINITY: inf, NaN: nan } = Number;
const EXTREME_ROWS: [string, number[], number][] = [
  ["±1e4", [-1e4, 1e4, 0], 20],
  ["−inf", [-inf, 0, -inf], 20],
  ["+inf", [inf, 0, 1e4], 10],
  ["two of +inf", [inf, 0, inf], 20],
  ["all −inf", [-inf, -inf, -inf], 20],
  ["all +inf", [inf, inf, inf], 20],
  ["−inf and +inf", [-inf, -inf, inf], 30],
  ["greatest floats", [3e38, -3e38, 3e38], 20],
];

for (const dtype of ["float32", "float64"] as const) {
  test(`extreme logits are limits, never NaN or infinite: ${dtype}`, () => {
    const values = [10, 20, 30];
    for (const [name, row, expected] of EXTREME_ROWS) {
      const logits = tensor(row, [1, 3], dtype);
      const [weight] = sample(logits, values, soft()).toArray();
      assertNear([weight ?? nan], [expected], { relative: 1e-6 });
      const best = row.indexOf(Math.max(...row));
      assert.deepEqual(sample(logits, values, hard()).toArray(), [values[best]], name);
      for (const temperature of [1e-5, 1, 1e5]) {
        const gradient = logitGradient(tensor([2.5], [1], dtype), logits, values, soft(temperature)).toArray();
        assert.ok(gradient.every(Number.isFinite), `${name} at ${temperature}: ${gradient}`);
        const weights = sample(logits, values, soft(temperature)).toArray();
        assert.ok(weights.every(Number.isFinite), `${name} at ${temperature}: ${weights}`);
      }
    }
  });

  test(`a NaN logit gives a NaN weight, and leaves its neighbours alone: ${dtype}`, () => {
    for (const count of [2, 3, 5, 8]) {
      for (let place = 0; place < count; place += 1) {
        const row = spread(3 * count);
        row[count + place] = nan;
        const logits = tensor(row, [3, count], dtype);
        for (const draw of [soft(), hard(), { ...hard(), noiseScale: 1 }]) {
          const weights = sample(logits, valueSet(count), draw).toArray();
          assert.deepEqual(weights.map(Number.isNaN), [false, true, false]);
        }
      }
    }
  });

  test(`a cold and a hot temperature: ${dtype}`, () => {
    const values = [-1, 0.5, 3];
    const logits = tensor([0.1, 0.2, 0.15], [1, 3], dtype);
    assertNear(sample(logits, values, soft(1e-5)).toArray(), [0.5], { absolute: 1e-6 });
    assertNear(sample(logits, values, soft(1e5)).toArray(), [2.5 / 3], { absolute: 1e-5 });
    for (const temperature of [1e-5, 1e5]) {
      const gradient = logitGradient(tensor([1], [1], dtype), logits, values, soft(temperature)).toArray();
      assert.ok(gradient.every(Number.isFinite));
    }
  });
}

test("what cannot be drawn is an error that says why", () => {
  const logits = zeros([4, 3]);
  const refused = (draw: Partial<Draw>, message: RegExp) =>
    assert.throws(() => sample(logits, [1, 2, 3], { ...soft(), ...draw }), message);
  const named = /^Error: weight_search::sample\(logits: float32 \[4, 3\]\): /;
  refused({ temperature: 0 }, /temperature must be positive and finite, .*not 0$/);
  refused({ temperature: -1 }, named);
  refused({ temperature: nan }, /temperature must be positive/);
  refused({ temperature: inf }, /temperature must be positive/);
  refused({ temperature: 1e-46 }, /temperature must be positive/);
  refused({ temperature: 1e39 }, /temperature must be positive/);
  refused({ noiseScale: -0.5 }, /noise scale must be >= 0 and finite, not -0.5/);
  refused({ noiseScale: nan }, /noise scale must be >= 0/);
  refused({ step: 0.5 }, /weight_search::sample: argument 'step': expected an integer/);
  refused({ seed: 2n ** 64n }, /weight_search::sample: argument 'seed': expected an integer/);
  assert.throws(
    () => sample(logits, [1, 2], soft()),
    /last dimension of logits \[4, 3\] must be the number of values, 2/,
  );
  assert.throws(() => sample(zeros([4, 1]), [1], soft()), /a value set needs at least 2 values, not 1/);
  assert.throws(() => sample(zeros([]), [1, 2], soft()), /last dimension of logits/);
  assert.throws(() => sample(logits, [1, 2, inf], soft()), /values must be finite, not inf/);
  for (const dtype of ["float16", "int64"] as const) {
    assert.throws(() => sample(zeros([4, 3], dtype), [1, 2, 3], soft()), /logits must be float32 or float64, not/);
  }
});

test("weights and gradients of another shape or type are errors", () => {
  const logits = zeros([4, 3]);
  const values = [1, 2, 3];
  assert.throws(() => sampleInto(zeros([3]), logits, values, soft()), /out must have shape \[4\], not \[3\]/);
  assert.throws(() => sampleInto(zeros([4], "float64"), logits, values, soft()), /out must have the logits' type/);
  assert.throws(() => logitGradient(zeros([4, 1]), logits, values, soft()), /grad_weight must have shape \[4\]/);
  assert.throws(
    () =>
      logitSgdStep(logits, zeros([4]), zeros([4]), values, soft(), { learningRate: 1, momentum: 0, weightDecay: 0 }),
    /logits and momentum must be contiguous, of one shape and type/,
  );
});

test("backward refuses logits that were stepped since they were sampled", () => {
  const logits = tensor(spread(6), [3, 2]);
  logits.requiresGrad = true;
  const loss = sum(sample(logits, [-1, 1], soft()));
  const step = { learningRate: 0.1, momentum: 0, weightDecay: 0 };
  logitSgdStep(logits, zeros([3, 2]), zeros([3]), [-1, 1], soft(), step);
  assert.throws(() => loss.backward(), /backward: .*modified by an inplace operation/);
});
