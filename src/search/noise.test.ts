import assert from "node:assert/strict";
import { test } from "node:test";
import { spread } from "../../tests/support/gradient.js";
import { assertNear } from "../../tests/support/near.js";
import { fromTypedArray, tensor, zeros } from "../tensor/create.js";
import { setThreads, threads } from "../tensor/runtime.js";
import { expand, slice } from "../tensor/shape.js";
import { scope } from "../tensor/tensor.js";
import { type Draw, logitGradient, sample } from "./sample.js";

const VALUES = [-1, -0.25, 0.5, 2, 3];
const noisy: Draw = { temperature: 0.7, noiseScale: 1, seed: 42n, step: 3, hard: false };

function logitsOf(count: number, dtype: "float32" | "float64" = "float32") {
  return tensor(spread(count * VALUES.length), [count, VALUES.length], dtype);
}

test("noise follows from seed and step", () => {
  const logits = logitsOf(200);
  const draw = (changed: Partial<Draw>) => sample(logits, VALUES, { ...noisy, ...changed }).toArray();
  const first = draw({});
  assert.deepEqual(draw({}), first);
  for (const changed of [{ step: 4 }, { seed: 43n }, { seed: 42n + 2n ** 32n }, { seed: -1n }, { step: 3 + 2 ** 32 }]) {
    const other = draw(changed);
    const same = other.filter((weight, index) => weight === first[index]).length;
    assert.ok(same < 10, `${same} of 200 weights equal`);
  }
  assert.notDeepEqual(draw({ noiseScale: 0.5 }), first);
});

test("noise does not depend on the number of threads", () => {
  const before = threads();
  const logits = logitsOf(40_000);
  const gradient = tensor(spread(40_000), [40_000]);
  const draw = (count: number) => {
    setThreads(count);
    return [sample(logits, VALUES, noisy).toArray(), logitGradient(gradient, logits, VALUES, noisy).toArray()];
  };
  const single = draw(1);
  for (const count of [2, 3, 5]) assert.deepEqual(draw(count), single);
  setThreads(before);
});

test("the noise of a weight depends on its index alone, not on how many weights there are", () => {
  const logits = logitsOf(300);
  const all = sample(logits, VALUES, noisy).toArray();
  for (const count of [1, 64, 65, 130]) {
    assert.deepEqual(sample(slice(logits, 0, 0, count), VALUES, noisy).toArray(), all.slice(0, count));
  }
});

test("every weight and every value has noise of its own", () => {
  const logits = zeros([500, 9], "float64");
  const values = [1, 2, 3, 4, 5, 6, 7, 8, 9];
  assert.equal(new Set(sample(logits, values, noisy).toArray()).size, 500);
});

test("backward uses the noise of forward", () => {
  const count = 6;
  const values = spread(count * VALUES.length);
  const shape = [count, VALUES.length];
  const at = (moved: readonly number[]) =>
    scope(() => sample(fromTypedArray(Float64Array.from(moved), shape), VALUES, noisy).toArray());
  const ones = tensor(new Array<number>(count).fill(1), [count], "float64");
  const gradient = logitGradient(ones, fromTypedArray(Float64Array.from(values), shape), VALUES, noisy).toArray();
  const step = 1e-5;
  const differences = values.map((_, element) => {
    const total = (shift: number) =>
      at(values.map((value, index) => (index === element ? value + shift : value))).reduce((a, b) => a + b, 0);
    return (total(step) - total(-step)) / (2 * step);
  });
  assertNear(gradient, differences, { relative: 1e-6, absolute: 1e-9 });
});

test("a hard choice with noise of scale 1 has the probabilities softmax(a)", () => {
  const count = 40_000;
  const row = [0, 0.5, -1, 1.5, 0.25];
  const exponentials = row.map(Math.exp);
  const total = exponentials.reduce((a, b) => a + b, 0);
  for (const dtype of ["float32", "float64"] as const) {
    const logits = expand(tensor(row, [1, row.length], dtype), [count, row.length]);
    // The choice does not depend on the temperature.
    const weights = sample(logits, [0, 1, 2, 3, 4], { ...noisy, temperature: 0.01, hard: true }).toArray();
    const counts = row.map((_, value) => weights.filter((weight) => weight === value).length);
    const chiSquare = exponentials.reduce((sum, exponential, index) => {
      const expected = (count * exponential) / total;
      return sum + ((counts[index] ?? 0) - expected) ** 2 / expected;
    }, 0);
    // 99.9 % of χ² with 4 degrees of freedom lie below 18.5; the seed is fixed, so this holds always or never.
    assert.ok(chiSquare < 18.5, `χ² ${chiSquare} of ${counts} (${dtype})`);
  }
});

test("the noise scale scales: s times the noise on s times the logits chooses alike", () => {
  const count = 5_000;
  const logits = logitsOf(count, "float64");
  const doubled = tensor(
    logits.toArray().map((value) => 2 * value),
    [count, VALUES.length],
    "float64",
  );
  const hard = { ...noisy, hard: true };
  assert.deepEqual(
    sample(doubled, VALUES, { ...hard, noiseScale: 2 }).toArray(),
    sample(logits, VALUES, hard).toArray(),
  );
});

test("noise on extreme logits stays finite", () => {
  const rows = [1e4, -1e4, -Infinity, 0, 1, Infinity, 0, 0, 0, 0];
  const logits = tensor(rows, [2, 5]);
  for (const noiseScale of [1e-5, 1, 1e5]) {
    for (const hard of [false, true]) {
      const draw = { ...noisy, noiseScale, hard };
      assert.ok(sample(logits, VALUES, draw).toArray().every(Number.isFinite));
      assert.ok(
        logitGradient(tensor([1, 1]), logits, VALUES, draw)
          .toArray()
          .every(Number.isFinite),
      );
    }
  }
});
