import assert from "node:assert/strict";
import { test } from "node:test";
import { add, mul } from "../tensor/arithmetic.js";
import { tensor } from "../tensor/create.js";
import { sum } from "../tensor/reduce.js";
import { liveTensors, scope, type Tensor } from "../tensor/tensor.js";
import { sequential } from "./sequential.js";

test("steps follow each other, gradients too, and leave nothing but their result", () => {
  const x = tensor([1, 2, 3]);
  x.requiresGrad = true;
  const before = liveTensors();
  const seen: Tensor[] = [];
  const y = sequential(x, [
    (a) => mul(add(a, 1), a),
    (a) => {
      seen.push(a);
      return mul(a, a);
    },
    (a) => {
      seen.push(a);
      return add(a, 0);
    },
  ]);
  assert.deepEqual(y.toArray(), [4, 36, 144]);
  assert.equal(liveTensors(), before + 1);
  assert.deepEqual(
    seen.map((tensor) => tensor.isLive),
    [false, false],
  );
  assert.ok(x.isLive);
  sum(y).backward();
  // y = (x² + x)², y' = 2 (x² + x) (2x + 1)
  assert.deepEqual(x.grad?.toArray(), [12, 60, 168]);
});

test("no step gives the input, a step that gives its input back too", () => {
  const x = tensor([1]);
  assert.equal(sequential(x, []), x);
  assert.equal(sequential(x, [(a) => a, (a) => a]), x);
  const doubled = sequential(x, [(a) => mul(a, 2), (a) => a, (a) => a]);
  assert.deepEqual(doubled.toArray(), [2]);
});

test("an error frees what was made before it", () => {
  scope(() => {
    const x = tensor([1]);
    const before = liveTensors();
    assert.throws(
      () =>
        scope(() =>
          sequential(x, [
            (a) => mul(a, 2),
            () => {
              throw new Error("on purpose");
            },
          ]),
        ),
      /on purpose/,
    );
    assert.equal(liveTensors(), before);
  });
});
