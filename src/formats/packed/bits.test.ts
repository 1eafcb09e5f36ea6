import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { InputError } from "../../text/errors.js";
import { bitsPerIndex, packedBytes, packWeights, unpackWeights } from "./bits.js";

test("an index into K values takes ⌈log₂ K⌉ bits", () => {
  for (let numValues = 2; numValues <= 300; numValues++) {
    const bits = bitsPerIndex(numValues);
    assert.ok(2 ** bits >= numValues && 2 ** (bits - 1) < numValues, `${numValues}: ${bits}`);
  }
  for (const numValues of [0, 1, 65537, 2.5]) assert.throws(() => bitsPerIndex(numValues), RangeError);
});

test("the bits are laid out lowest first, across bytes", () => {
  const values = [0, 1, 2, 3, 4];
  // 100 | 011 | 001 | 100, each lowest bit first, from the low end: 0b01_011_100, 0b0000_100_0
  assert.deepEqual(packWeights(values, Float32Array.of(4, 3, 1, 4)), Uint8Array.of(0b01011100, 0b1000));
  assert.deepEqual(packWeights([-1, 1], Float32Array.of(1, -1, 1, 1)), Uint8Array.of(0b1101));
});

test("weights come back from their packed bits, for every K from 2 to 16 and for large sets", () => {
  for (const numValues of [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 255, 257, 65536]) {
    const values = Array.from({ length: numValues }, (_, index) => (index - 3) / 7);
    fc.assert(
      fc.property(fc.array(fc.nat(numValues - 1), { maxLength: 40 }), (indices) => {
        const weights = Float32Array.from(indices, (index) => values[index] ?? Number.NaN);
        const packed = packWeights(values, weights);
        assert.equal(packed.length, packedBytes(numValues, weights.length));
        assert.deepEqual(unpackWeights(values, packed, weights.length), weights);
      }),
      { numRuns: 30 },
    );
  }
});

test("a value that the set has twice comes back", () => {
  const weights = Float32Array.of(1, 0.5, 1);
  assert.deepEqual(unpackWeights([1, 1, 0.5], packWeights([1, 1, 0.5], weights), 3), weights);
});

test("a weight that is not in the set is named with its place", () => {
  assert.throws(() => packWeights([-1, 1], Float32Array.of(1, 0.5), "conv1.weight"), {
    name: "InputError",
    message: "conv1.weight[1]: expected one of -1 1, found 0.5",
  });
  assert.throws(() => packWeights([-1, 1], Float32Array.of(Number.NaN)), InputError);
});

test("bytes that are not such indices are refused", () => {
  const values = [-1, 0, 1];
  assert.throws(() => unpackWeights(values, Uint8Array.of(0), 5, "w"), {
    name: "InputError",
    message: "w: expected 2 packed bytes, found 1",
  });
  assert.throws(() => unpackWeights(values, Uint8Array.of(0b1100), 4, "w"), {
    name: "InputError",
    message: "w[1]: expected an index below 3, found 3",
  });
  assert.throws(() => unpackWeights(values, Uint8Array.of(0b10000), 2, "w"), {
    name: "InputError",
    message: "w: expected the last byte's unused bits to be 0, found 1",
  });
});

test("bits per weight is the logarithm of the set's size, rounded up", () => {
  const bits = [2, 3, 4, 5, 8, 9, 16, 17, 255, 256].map((length) => bitsPerIndex(length));
  assert.deepEqual(bits, [1, 2, 2, 3, 3, 4, 4, 5, 8, 8]);
});
