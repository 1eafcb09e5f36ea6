import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { readIdx } from "./idx.js";

/** A file of bytes: its header, of these dimensions, and N elements 0, 1, 2, … */
function idx(shape: readonly number[], elements: number, magic = 0x0800 | shape.length): Uint8Array {
  const file = new Uint8Array(4 + 4 * shape.length + elements);
  const view = new DataView(file.buffer);
  view.setUint32(0, magic);
  shape.forEach((dimension, index) => {
    view.setUint32(4 + 4 * index, dimension);
  });
  file.set(
    Uint8Array.from({ length: elements }, (_, index) => index),
    4 + 4 * shape.length,
  );
  return file;
}

function fails(bytes: Uint8Array, message: RegExp, maxBytes = 1000): void {
  assert.throws(() => readIdx(bytes, "a/images", 3, maxBytes), { name: "InputError", message });
}

test("an idx file of bytes is read, raw or compressed", () => {
  for (const file of [idx([2, 1, 3], 6), gzipSync(idx([2, 1, 3], 6))]) {
    const { shape, data } = readIdx(file, "a/images", 3, 1000);
    assert.deepEqual(
      [shape, [...data]],
      [
        [2, 1, 3],
        [0, 1, 2, 3, 4, 5],
      ],
    );
  }
});

test("a file that is cut off, too long or of another kind is an error that says so", () => {
  fails(new Uint8Array(0), /^a\/images: expected an idx header of 16 bytes, found a file of 0$/);
  fails(idx([2, 1, 3], 5), /^a\/images: expected 22 bytes of shape 2 × 1 × 3, found 21: it is cut off$/);
  fails(idx([2, 1, 3], 7), /expected 22 bytes .*, found 23: it is too long$/);
  fails(idx([2, 1, 3], 6, 0x0801), /in 3 dimensions, magic number 0x00000803, found 0x00000801$/);
  fails(idx([2, 1, 3], 6, 0x0d03), /magic number 0x00000803, found 0x00000d03$/);
  const huge = 2 ** 32 - 1;
  fails(idx([huge, huge, huge], 6), /expected 7\.\d+e\+28 bytes .*: it is cut off$/);
});

test("a damaged gzip file, and one that unpacks to more than it may, are errors", () => {
  const file = gzipSync(idx([2, 1, 3], 6));
  fails(file.subarray(0, 12), /^a\/images: expected a whole gzip file, found a damaged one or one that is cut off$/);
  fails(gzipSync(new Uint8Array(2000)), /expected a gzip file that unpacks to at most 1000 bytes, found a larger one$/);
});
