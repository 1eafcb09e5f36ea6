import assert from "node:assert/strict";
import { test } from "node:test";
import { batchCount, batchesOf, firstBatches } from "./batch-source.js";

const order = (count: number) => Int32Array.from({ length: count }, (_, index) => 3 * index);
const sizes = (positions: Int32Array, size: number) => [...batchesOf(positions, size)].map(({ length }) => length);

test("the rest is the last batch, but a single image joins the batch before it", () => {
  assert.deepEqual(sizes(order(32), 16), [16, 16]);
  assert.deepEqual(sizes(order(33), 16), [16, 17]);
  assert.deepEqual(sizes(order(34), 16), [16, 16, 2]);
  assert.deepEqual(sizes(order(17), 16), [17]);
  assert.deepEqual(sizes(order(3), 2), [3]);
  assert.deepEqual(sizes(order(15), 16), [15]);
  assert.deepEqual(sizes(order(0), 16), []);
});

test("a single image in all is a batch, and so is each where batches are of one", () => {
  assert.deepEqual(sizes(order(1), 16), [1]);
  assert.deepEqual(sizes(order(3), 1), [1, 1, 1]);
});

test("the batches are the order cut up, as many as counted", () => {
  for (let count = 0; count <= 40; count++) {
    for (let size = 1; size <= 12; size++) {
      const batches = [...batchesOf(order(count), size)];
      assert.equal(batches.length, batchCount(count, size));
      assert.deepEqual(
        batches.flatMap((batch) => [...batch]),
        [...order(count)],
      );
    }
  }
});

test("a pass that ends early visits the same batches as one that does not", () => {
  for (const count of [32, 33, 34, 40]) {
    const whole = [...batchesOf(order(count), 8)];
    for (let batches = 1; batches <= whole.length + 1; batches++) {
      assert.deepEqual([...batchesOf(firstBatches(order(count), 8, batches), 8)], whole.slice(0, batches));
    }
  }
});

test("over several processes, every image is taken once, each process has at least two, and batches keep their size", () => {
  for (const processes of [1, 2, 3, 8]) {
    for (const count of [16, 17, 33, 128, 129, 143, 144, 145]) {
      const batches = [...batchesOf(order(count), 64, processes)];
      assert.equal(batches.length, batchCount(count, 64, processes));
      assert.deepEqual(
        batches.flatMap((batch) => [...batch]),
        [...order(count)],
      );
      for (const [index, { length }] of batches.entries()) {
        assert.ok(length >= 2 * processes, `${processes} processes, ${count} images: batch ${index} of ${length}`);
        assert.ok(index === batches.length - 1 || length === 64);
      }
    }
  }
  assert.deepEqual(
    [1, 2, 8].map((processes) => batchCount(128 + 3, 64, processes)),
    [3, 2, 2],
  );
});
