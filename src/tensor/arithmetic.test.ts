import assert from "node:assert/strict";
import { test } from "node:test";
import { assertNear } from "../../tests/support/near.js";
import {
  abs,
  add,
  addInPlace,
  clamp,
  copyInto,
  div,
  equal,
  exp,
  greater,
  less,
  log,
  matmul,
  mul,
  mulInPlace,
  neg,
  pow,
  sign,
  sqrt,
  sub,
  subInPlace,
} from "./arithmetic.js";
import { tensor, zeros } from "./create.js";
import type { Tensor } from "./tensor.js";

const numbers = (x: Tensor): number[] => x.toArray();

test("sums, differences, products and quotients are element by element", () => {
  const a = tensor([1, 2, 3, 4], [2, 2]);
  const b = tensor([10, 20, 30, 40], [2, 2]);
  assert.deepEqual(numbers(add(a, b)), [11, 22, 33, 44]);
  assert.deepEqual(numbers(sub(a, b)), [-9, -18, -27, -36]);
  assert.deepEqual(numbers(mul(a, b)), [10, 40, 90, 160]);
  assert.deepEqual(numbers(div(b, a)), [10, 10, 10, 10]);
});

test("shapes broadcast", () => {
  const column = tensor([1, 2], [2, 1]);
  const row = tensor([10, 20, 30], [1, 3]);
  const result = add(column, row);
  assert.deepEqual(result.shape, [2, 3]);
  assert.deepEqual(numbers(result), [11, 21, 31, 12, 22, 32]);
});

test("a number beside a float tensor is a float", () => {
  const x = tensor([1, 2]);
  assert.deepEqual(numbers(add(x, 1)), [2, 3]);
  assert.deepEqual(numbers(sub(x, 1)), [0, 1]);
  assert.deepEqual(numbers(mul(x, 2.5)), [2.5, 5]);
  assert.deepEqual(numbers(div(x, 4)), [0.25, 0.5]);
  assert.equal(mul(x, 2).dtype, "float32");
});

test("a whole number beside an integer tensor keeps the tensor's dtype, a fraction does not", () => {
  for (const dtype of ["int64", "int32", "int16", "int8", "uint8"] as const) {
    const x = tensor([5, 7], [2], dtype);
    for (const result of [add(x, 1), sub(x, 1), mul(x, 2), pow(x, 2), clamp(x, 0, 6), clamp(x, null, 6)]) {
      assert.equal(result.dtype, dtype);
    }
    assert.equal(add(x, 0.5).dtype, "float32");
    assert.equal(div(x, 2).dtype, "float32");
  }
  assert.deepEqual(numbers(pow(tensor([3], [1], "int64"), 2)), [9]);
  assert.deepEqual(numbers(add(tensor([2 ** 53 - 2], [1], "int64"), 1)), [2 ** 53 - 1]);
});

test("the in-place operators change their first tensor and give it back", () => {
  const x = tensor([1, 2, 3]);
  assert.deepEqual(numbers(addInPlace(x, 1)), [2, 3, 4]);
  assert.deepEqual(numbers(subInPlace(x, tensor([1, 1, 2]))), [1, 2, 2]);
  assert.deepEqual(numbers(mulInPlace(x, -2)), [-2, -4, -4]);
  assert.deepEqual(numbers(x), [-2, -4, -4]);
});

test("an in-place operator cannot change its tensor's shape", () => {
  const x = tensor([1, 2]);
  assert.throws(
    () => addInPlace(x, zeros([3, 2])),
    /aten::add_\.Tensor\(self: float32 \[2\], other: float32 \[3, 2\]\)/,
  );
  assert.deepEqual(numbers(x), [1, 2]);
});

test("comparisons are bool", () => {
  const x = tensor([1, 2, 3]);
  assert.deepEqual(numbers(equal(x, 2)), [0, 1, 0]);
  assert.deepEqual(numbers(greater(x, 2)), [0, 0, 1]);
  assert.deepEqual(numbers(less(x, tensor([2, 2, 2]))), [1, 0, 0]);
  assert.equal(less(x, 2).dtype, "bool");
  assert.deepEqual(numbers(equal(tensor([2 ** 53 - 1], [1], "int64"), 2 ** 53 - 1)), [1]);
});

test("functions of one tensor", () => {
  const x = tensor([0.25, 1, 4], [3], "float64");
  assert.deepEqual(numbers(neg(x)), [-0.25, -1, -4]);
  assertNear(numbers(exp(x)), [Math.exp(0.25), Math.E, Math.exp(4)], { relative: 1e-15, absolute: 0 });
  assertNear(numbers(log(x)), [Math.log(0.25), 0, Math.log(4)], { relative: 1e-15, absolute: 0 });
  assert.deepEqual(numbers(sqrt(x)), [0.5, 1, 2]);
  assert.deepEqual(numbers(abs(tensor([-1.5, 0, 2]))), [1.5, 0, 2]);
  assert.deepEqual(numbers(sign(tensor([-1.5, 0, 2]))), [-1, 0, 1]);
  assert.deepEqual(numbers(pow(x, 0.5)), [0.5, 1, 2]);
});

test("clamp limits below, above or both", () => {
  const x = tensor([-2, 0.5, 3]);
  assert.deepEqual(numbers(clamp(x, -1, 1)), [-1, 0.5, 1]);
  assert.deepEqual(numbers(clamp(x, null, 1)), [-2, 0.5, 1]);
  assert.deepEqual(numbers(clamp(x, -1, null)), [-1, 0.5, 3]);
  assert.throws(() => clamp(x, null, null), /aten::clamp/);
});

test("matmul of matrices, of batches, and of sizes that do not fit", () => {
  const a = tensor([1, 2, 3, 4, 5, 6], [2, 3]);
  const b = tensor([1, 0, 0, 1, 1, 1], [3, 2]);
  assert.deepEqual(numbers(matmul(a, b)), [4, 5, 10, 11]);
  const batched = matmul(tensor([1, 2, 3, 4], [2, 1, 2]), tensor([1, 1], [2, 1]));
  assert.deepEqual(batched.shape, [2, 1, 1]);
  assert.deepEqual(numbers(batched), [3, 7]);
  assert.throws(() => matmul(a, a), /aten::matmul\(self: float32 \[2, 3\], other: float32 \[2, 3\]\)/);
});

test("copyInto converts, broadcasts, and leaves the target's dtype", () => {
  const target = zeros([2, 2], "int32");
  copyInto(target, tensor([1, 2]));
  assert.deepEqual(numbers(target), [1, 2, 1, 2]);
  assert.equal(target.dtype, "int32");
  assert.throws(() => copyInto(target, zeros([3])), /aten::copy_\(self: int32 \[2, 2\], src: float32 \[3\]\)/);
});
