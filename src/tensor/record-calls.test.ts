import assert from "node:assert/strict";
import { test } from "node:test";
import { reluInPlace } from "./activation.js";
import { add, mul } from "./arithmetic.js";
import { ones } from "./create.js";
import { recordCalls } from "./record-calls.js";
import { topk } from "./reduce.js";
import { concat } from "./shape.js";
import { scope } from "./tensor.js";

test("a call is recorded with its arguments and results, as they were even where they are freed", () => {
  scope(() => {
    const x = ones([2, 3]);
    const { returned: y, calls } = recordCalls(() => scope(() => mul(add(x, x), 2)));
    const [sum, product, ...others] = calls;
    assert.ok(sum && product);
    assert.deepEqual(others, []);
    assert.deepEqual([sum.operator, product.operator], ["aten::add", "aten::mul"]);
    const given = { handle: x.handle, shape: [2, 3] };
    assert.deepEqual(sum.arguments, [given, given]);
    assert.deepEqual(product.arguments, [sum.results[0], 2]);
    assert.deepEqual(product.results, [{ handle: y.handle, shape: [2, 3] }]);
  });
});

test("lists of tensors, several results, and another handle for what was written in place", () => {
  scope(() => {
    const [a, b] = [ones([2]), ones([3])];
    const { calls } = recordCalls(() => topk(reluInPlace(concat([a, b])), 2));
    const [joined, rectified, top] = calls;
    assert.deepEqual(joined?.arguments[0], [
      { handle: a.handle, shape: [2] },
      { handle: b.handle, shape: [3] },
    ]);
    assert.deepEqual(rectified?.arguments, joined?.results);
    assert.notDeepEqual(rectified?.results, joined?.results);
    assert.deepEqual(
      top?.results.map(({ shape }) => shape),
      [[2], [2]],
    );
  });
});

test("nothing is recorded before, after, or once a body has thrown; an inner recording is part of the outer one", () => {
  scope(() => {
    const x = ones([1]);
    add(x, 1);
    const { calls } = recordCalls(() => {
      mul(x, 2);
      const inner = recordCalls(() => add(x, 3));
      assert.equal(inner.calls.length, 1);
      assert.throws(
        () =>
          recordCalls(() => {
            add(x, 4);
            throw new Error("on purpose");
          }),
        /on purpose/,
      );
      mul(x, 5);
    });
    add(x, 6);
    assert.deepEqual(
      calls.map(({ arguments: [, right] }) => right),
      [2, 3, 4, 5],
    );
  });
});
