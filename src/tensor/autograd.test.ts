import assert from "node:assert/strict";
import { test } from "node:test";
import { add, addInPlace, exp, mul } from "./arithmetic.js";
import { noGrad } from "./autograd.js";
import { ones, tensor, zeros } from "./create.js";
import { sum } from "./reduce.js";
import { detach } from "./shape.js";
import type { Tensor } from "./tensor.js";

function leaf(...values: number[]): Tensor {
  const x = tensor(values);
  x.requiresGrad = true;
  return x;
}

function gradientOf(x: Tensor): number[] | null {
  return x.grad?.toArray() ?? null;
}

test("backward leaves the gradient in the leaf", () => {
  const x = leaf(1, 2, 3);
  assert.equal(gradientOf(x), null);
  sum(mul(x, x)).backward();
  assert.deepEqual(gradientOf(x), [2, 4, 6]);
});

test("gradients add up until they are cleared", () => {
  const x = leaf(1, 2);
  sum(mul(x, 3)).backward();
  sum(mul(x, 4)).backward();
  assert.deepEqual(gradientOf(x), [7, 7]);
  x.clearGrad();
  assert.equal(gradientOf(x), null);
  x.clearGrad();
  sum(x).backward();
  assert.deepEqual(gradientOf(x), [1, 1]);
});

test("a gradient read is the leaf's own memory", () => {
  const x = leaf(1);
  sum(x).backward();
  const { grad } = x;
  assert.ok(grad);
  addInPlace(grad, 5);
  assert.deepEqual(gradientOf(x), [6]);
});

test("several elements need the gradient they are to begin with", () => {
  const x = leaf(1, 2);
  assert.throws(
    () => mul(x, 2).backward(),
    /^Error: backward: tensor float32 \[2\]: grad can be implicitly created only for scalar outputs$/,
  );
  mul(x, 2).backward(tensor([10, 100]));
  assert.deepEqual(gradientOf(x), [20, 200]);
  assert.throws(() => mul(x, 2).backward(zeros([3])), /backward: tensor float32 \[2\]: .*\[3\]/);
});

test("backward twice through one graph, or through none, is an error", () => {
  const x = leaf(1);
  const y = exp(x);
  y.backward();
  assert.throws(
    () => y.backward(),
    /backward: tensor float32 \[1\]: Trying to backward through the graph a second time/,
  );
  assert.throws(() => ones([1]).backward(), /backward: .*does not require grad/);
  assert.deepEqual(x.grad?.shape, [1]);
});

test("noGrad records nothing, also when nested or left by an exception", () => {
  const x = leaf(1);
  assert.equal(
    noGrad(() => noGrad(() => mul(x, 2)).requiresGrad || mul(x, 2).requiresGrad),
    false,
  );
  assert.throws(() =>
    noGrad(() => {
      throw new Error("inside");
    }),
  );
  assert.equal(mul(x, 2).requiresGrad, true);
});

test("detach cuts the recorded operations", () => {
  const x = leaf(3);
  const y = mul(x, x);
  assert.equal(detach(y).requiresGrad, false);
  sum(mul(y, detach(y))).backward();
  assert.deepEqual(gradientOf(x), [54]);
});

test("only floating-point leaves can require gradients", () => {
  const integer = zeros([2], "int64");
  assert.throws(() => {
    integer.requiresGrad = true;
  }, /setRequiresGrad: tensor int64 \[2\]: Only Tensors of floating point/);
  const result = mul(leaf(1), 2);
  assert.throws(() => {
    result.requiresGrad = false;
  }, /setRequiresGrad: tensor float32 \[1\]: .*leaf/);
});

test("a tensor that backward needs must not change before it", () => {
  const x = leaf(1, 2);
  const factor = tensor([3, 4]);
  const y = sum(mul(x, factor));
  addInPlace(factor, 1);
  assert.throws(() => y.backward(), /backward: tensor float32 \[\]: .*modified by an inplace operation/);
  assert.throws(() => addInPlace(x, 1), /aten::add_\.Scalar\(self: float32 \[2\]\): .*leaf/);
});

test("a graph holds what it needs after its tensors are released", () => {
  const x = leaf(2, 3);
  const square = mul(x, x);
  const y = sum(add(square, x));
  square.release();
  y.backward();
  assert.deepEqual(gradientOf(x), [5, 7]);
});
