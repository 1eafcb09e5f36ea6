import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { epochPermutation } from "./shuffle.js";

describe("epochPermutation", () => {
  it("holds each index once", () => {
    fc.assert(
      fc.property(fc.nat(300), fc.maxSafeInteger(), fc.nat(1000), (count, seed, epoch) => {
        const order = epochPermutation(count, seed, epoch);
        assert.deepEqual(
          [...order].sort((a, b) => a - b),
          [...Array(count).keys()],
        );
      }),
    );
  });

  it("depends on its arguments alone, and on each of them", () => {
    assert.deepEqual(epochPermutation(100, 1, 2), epochPermutation(100, 1, 2));
    assert.notDeepEqual(epochPermutation(100, 1, 2), epochPermutation(100, 1, 3));
    assert.notDeepEqual(epochPermutation(100, 1, 2), epochPermutation(100, 2, 2));
    assert.notDeepEqual(epochPermutation(100, 1, 2), epochPermutation(100, 2, 1));
  });

  it("keeps the order that runs have been recorded with", () => {
    assert.deepEqual([...epochPermutation(10, 0, 0)], [8, 5, 1, 6, 9, 2, 7, 0, 4, 3]);
  });

  it("puts every index in every place equally often", () => {
    const count = 5;
    const epochs = 20_000;
    const seen = new Int32Array(count * count);
    for (let epoch = 0; epoch < epochs; epoch++) {
      epochPermutation(count, 9, epoch).forEach((index, place) => {
        seen[place * count + index] = (seen[place * count + index] ?? 0) + 1;
      });
    }
    const expected = epochs / count;
    const chiSquare = seen.reduce((sum, times) => sum + (times - expected) ** 2 / expected, 0);
    assert.ok(chiSquare < 45, `chi-square ${chiSquare} with 16 degrees of freedom`);
  });

  it("refuses counts that are not array lengths", () => {
    for (const count of [-1, 1.5, Number.NaN, 2 ** 31]) assert.throws(() => epochPermutation(count, 0, 0), RangeError);
    assert.throws(() => epochPermutation(3, 0.5, 0), RangeError);
  });
});
