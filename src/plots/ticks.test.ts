import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { epochAxis, logAxis, position, tickLabel, valueAxis } from "./ticks.js";

function labels(min: number, max: number): string[] {
  const axis = valueAxis(min, max);
  return axis.ticks.map((tick) => tickLabel(tick, axis));
}

test("ticks are the numbers that a person would choose", () => {
  assert.deepEqual(labels(9.8, 91.3), ["0", "20", "40", "60", "80", "100"]);
  assert.deepEqual(labels(0.27, 2.31), ["0.0", "0.5", "1.0", "1.5", "2.0", "2.5"]);
  assert.deepEqual(labels(-0.9, 1), ["-1.0", "-0.5", "0.0", "0.5", "1.0"]);
  assert.deepEqual(labels(0, 2e6), ["0", "5e+5", "1e+6", "1.5e+6", "2e+6"]);
});

test("an axis holds its values, is not empty and has a few ticks with different labels", () => {
  const value = fc.double({ min: -1e100, max: 1e100, noNaN: true });
  const near = fc.tuple(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.double({ min: 0, max: 1e-3, noNaN: true }));
  const pairs = fc.oneof(
    fc.tuple(value, value),
    near.map(([from, span]): [number, number] => [from, from + span]),
    value.map((one): [number, number] => [one, one]),
  );
  fc.assert(
    fc.property(pairs, ([a, b]) => {
      const axis = valueAxis(Math.min(a, b), Math.max(a, b));
      const tolerance = (axis.max - axis.min) * 1e-6;
      assert.ok(
        axis.min <= Math.min(a, b) + tolerance && axis.max >= Math.max(a, b) - tolerance && axis.min < axis.max,
      );
      assert.ok(axis.ticks.length >= 2 && axis.ticks.length <= 9, `${axis.ticks}`);
    }),
    { numRuns: 500 },
  );
});

test("epoch ticks are integers between the first and the last epoch", () => {
  assert.deepEqual(epochAxis(1, 1), { min: 0.5, max: 1.5, ticks: [1] });
  assert.deepEqual(epochAxis(1, 3).ticks, [1, 2, 3]);
  assert.deepEqual(epochAxis(1, 200).ticks, [1, 50, 100, 150, 200]);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 }), fc.nat(2000), (first, more) => {
      const { ticks } = epochAxis(first, first + more);
      assert.ok(ticks.length <= 10 && ticks.every(Number.isInteger));
      assert.ok(ticks.every((tick, index) => tick > (ticks[index - 1] ?? 0) && tick <= first + more));
    }),
  );
});

test("logarithmic ticks are 1, 2, 5 times powers of ten, or powers over a long span", () => {
  const texts = (min: number, max: number) => {
    const axis = logAxis(min, max);
    return axis.ticks.map((tick) => tickLabel(tick, axis));
  };
  assert.deepEqual(texts(0.03, 1.7), ["0.02", "0.05", "0.1", "0.2", "0.5", "1", "2"]);
  assert.deepEqual(texts(1, 1), ["0.5", "1", "2"]);
  assert.deepEqual(texts(2e-5, 30), ["1e-5", "1e-4", "0.001", "0.01", "0.1", "1", "10"]);
  const value = fc.double({ min: 1e-100, max: 1e100, noNaN: true });
  fc.assert(
    fc.property(value, value, (a, b) => {
      const [min, max] = [Math.min(a, b), Math.max(a, b)];
      const axis = logAxis(min, max);
      assert.ok(axis.ticks.length >= 2 && axis.ticks.length <= 10, `${axis.ticks}`);
      assert.ok(axis.ticks.every((tick) => tick >= axis.min && tick <= axis.max));
      assert.ok(position(min, axis) > 0 && position(max, axis) < 1);
    }),
  );
});

test("a value's place on an axis", () => {
  assert.equal(position(15, { min: 10, max: 20, ticks: [] }), 0.5);
  assert.equal(position(10, { min: 1, max: 100, ticks: [], isLog: true }), 0.5);
});
