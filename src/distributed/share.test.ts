import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { shareOf } from "./share.js";

const ranks = (size: number) => [...Array(size).keys()];

describe("shareOf", () => {
  it("divides a batch without a rest", () => {
    const batch = Int32Array.of(8, 1, 5, 6, 9, 2);
    assert.deepEqual(shareOf(batch, 0, 2), Int32Array.of(8, 1, 5));
    assert.deepEqual(shareOf(batch, 1, 2), Int32Array.of(6, 9, 2));
  });

  it("spreads a rest over the processes", () => {
    const batch = Int32Array.from(ranks(10));
    assert.deepEqual(
      ranks(4).map((rank) => [...shareOf(batch, rank, 4)]),
      [
        [0, 1],
        [2, 3, 4],
        [5, 6],
        [7, 8, 9],
      ],
    );
  });

  it("is the batch, in order, in parts that differ by at most one", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { maxLength: 300 }), fc.integer({ min: 1, max: 70 }), (images, size) => {
        const shares = ranks(size).map((rank) => shareOf(Int32Array.from(images), rank, size));
        assert.deepEqual(
          shares.flatMap((share) => [...share]),
          images,
        );
        const lengths = shares.map((share) => share.length);
        assert.ok(Math.max(...lengths) - Math.min(...lengths) <= 1, `${lengths}`);
      }),
    );
  });

  it("leaves some with nothing when there are more processes than images", () => {
    const lengths = ranks(5).map((rank) => shareOf(Int32Array.of(7, 3), rank, 5).length);
    assert.deepEqual(
      lengths.toSorted((a, b) => a - b),
      [0, 0, 0, 1, 1],
    );
    assert.equal(shareOf(new Int32Array(0), 0, 1).length, 0);
  });

  it("holds memory of its own", () => {
    const batch = Int32Array.of(1, 2);
    shareOf(batch, 0, 1)[0] = 9;
    assert.deepEqual(batch, Int32Array.of(1, 2));
  });

  it("refuses a rank that there is not", () => {
    for (const [rank, size] of [
      [1, 1],
      [-1, 2],
      [0.5, 2],
      [0, 0],
      [0, 1.5],
      [Number.NaN, 2],
      [0, Number.POSITIVE_INFINITY],
    ] as const) {
      assert.throws(() => shareOf(Int32Array.of(1), rank, size), RangeError, `${rank} of ${size}`);
    }
  });
});
