import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hash64, randomStream, splitMix64, Xoshiro128 } from "./prng.js";

describe("splitMix64", () => {
  it("gives the published outputs for seed 1234567", () => {
    const outputs = [0, 1, 2, 3, 4].map((index) => splitMix64(1234567n, index));
    assert.deepEqual(outputs, [
      6457827717110365317n,
      3203168211198807973n,
      9817491932198370423n,
      4593380528125082431n,
      16408922859458223821n,
    ]);
  });
});

describe("Xoshiro128", () => {
  it("gives the outputs of the reference C program for state 1, 2, 3, 4", () => {
    const random = new Xoshiro128(1, 2, 3, 4);
    const outputs = Array.from({ length: 10 }, () => random.uint32());
    assert.deepEqual(
      outputs,
      [11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804],
    );
  });

  it("refuses the state it could never leave", () => {
    assert.throws(() => new Xoshiro128(0, 0, 0, 0), RangeError);
  });

  it("draws bounded integers uniformly", () => {
    const random = randomStream(7);
    const counts = new Array<number>(6).fill(0);
    for (let i = 0; i < 60_000; i++) {
      const draw = random.below(6);
      counts[draw] = (counts[draw] ?? 0) + 1;
    }
    const chiSquare = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
    assert.ok(chiSquare < 25, `chi-square ${chiSquare} with 5 degrees of freedom`);
  });

  it("throws draws away where the bound does not divide 2^32", () => {
    const bound = 2 ** 31 + 1;
    const raw = randomStream(3);
    const bounded = randomStream(3);
    const kept = Array.from({ length: 100 }, () => raw.uint32()).filter((draw) => draw < bound);
    assert.ok(kept.length < 70);
    for (const draw of kept) assert.equal(bounded.below(bound), draw);
  });

  it("refuses bounds that are not integers in 1 … 2^32", () => {
    const random = randomStream(1);
    for (const bound of [0, -1, 1.5, Number.NaN, 2 ** 32 + 1]) assert.throws(() => random.below(bound), RangeError);
    assert.equal(random.below(1), 0);
    assert.ok(random.below(2 ** 32) < 2 ** 32);
  });

  it("draws fractions within their ends", () => {
    const random = randomStream(5);
    let sum = 0;
    for (let i = 0; i < 10_000; i++) {
      const draw = random.uniform(-2, 4);
      assert.ok(draw >= -2 && draw < 4);
      sum += draw;
    }
    assert.ok(Math.abs(sum / 10_000 - 1) < 0.1);
  });
});

describe("randomStream", () => {
  it("differs by every part of its key, their order and their number", () => {
    const keys = [[], [0], [0, 0], [1], [0, 1], [1, 0], [-1], [2 ** 32], [2 ** 53 - 1]];
    assert.equal(new Set(keys.map(hash64)).size, keys.length);
    assert.equal(new Set(keys.map((key) => randomStream(...key).uint32())).size, keys.length);
  });

  it("is the same every time", () => {
    assert.equal(randomStream(1, 2).uint32(), randomStream(1, 2).uint32());
  });

  it("refuses keys that are not safe integers", () => {
    for (const part of [0.5, Number.NaN, 2 ** 53]) assert.throws(() => randomStream(part), RangeError);
  });
});
