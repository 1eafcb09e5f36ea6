import assert from "node:assert/strict";
import { test } from "node:test";
import { assertNear } from "../../tests/support/near.js";
import { arange, full, tensor, zeros } from "./create.js";
import { argmax, max, mean, min, norm, sum, topk } from "./reduce.js";
import { to } from "./shape.js";

const matrix = () => tensor([3, 1, 2, -4, 5, 6], [2, 3]);

test("sum and mean over everything, over dimensions, and keeping them", () => {
  assert.equal(sum(matrix()).item(), 13);
  assert.deepEqual(sum(matrix(), [0]).toArray(), [-1, 6, 8]);
  assert.deepEqual(sum(matrix(), [1], true).shape, [2, 1]);
  assert.deepEqual(sum(matrix(), [1], true).toArray(), [6, 7]);
  assertNear([mean(matrix()).item()], [13 / 6]);
  assert.deepEqual(mean(matrix(), [0]).toArray(), [-0.5, 3, 4]);
  assert.deepEqual(mean(matrix(), [0, 1], true).shape, [1, 1]);
});

test("sums of bool and of small integers are int64", () => {
  assert.equal(sum(to(tensor([0, 1, 1]), "bool")).item(), 2);
  assert.equal(sum(full([1000], 200, "uint8")).item(), 200_000);
  assert.equal(sum(full([2], 1, "int32")).dtype, "int64");
});

test("mean of integers is an error that says so", () => {
  assert.throws(() => mean(arange(0, 3)), /aten::mean\(self: int64 \[3\]\)/);
});

test("greatest and least elements", () => {
  assert.equal(max(matrix()).item(), 6);
  assert.equal(min(matrix()).item(), -4);
  assert.deepEqual(max(matrix(), [0]).toArray(), [3, 5, 6]);
  assert.deepEqual(min(matrix(), [1], true).toArray(), [1, -4]);
  assert.deepEqual(min(matrix(), [1], true).shape, [2, 1]);
});

test("argmax gives the first of equals, also in long rows", () => {
  const x = tensor([1, 3, 3, 2, 2, 2], [2, 3]);
  assert.deepEqual(argmax(x, 1).toArray(), [1, 0]);
  assert.equal(argmax(x, 1).dtype, "int64");
  assert.deepEqual(argmax(zeros([3, 1000]), -1).toArray(), [0, 0, 0]);
});

test("topk sorts from the greatest on", () => {
  const { values, indices } = topk(matrix(), 2);
  assert.deepEqual(values.toArray(), [3, 2, 6, 5]);
  assert.deepEqual(indices.toArray(), [0, 2, 2, 1]);
  assert.equal(indices.dtype, "int64");
  assert.throws(() => topk(matrix(), 4), /aten::topk\(self: float32 \[2, 3\]\)/);
});

test("norm is the Euclidean one, over all elements", () => {
  assertNear([norm(tensor([3, 0, 0, 4], [2, 2])).item()], [5]);
});

test("reductions of nothing", () => {
  assert.equal(sum(zeros([0])).item(), 0);
  assert.ok(Number.isNaN(mean(zeros([0])).item()));
  assert.throws(() => max(zeros([0])), /aten::amax\(self: float32 \[0\]\)/);
});
