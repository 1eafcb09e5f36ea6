import assert from "node:assert/strict";
import { test } from "node:test";
import { addon } from "./addon.js";
import { add, addInPlace } from "./arithmetic.js";
import { ones, tensor, zeros } from "./create.js";
import { liveTensors, scope, type Tensor } from "./tensor.js";

test("a scope frees what it made and keeps what was there before", () => {
  const outer = ones([1]);
  const before = liveTensors();
  const inner = scope(() => {
    const x = add(outer, 1);
    assert.equal(liveTensors(), before + 1);
    return { shape: x.shape, hidden: [() => x] };
  });
  assert.equal(liveTensors(), before);
  assert.ok(outer.isLive);
  assert.equal(inner.hidden[0]?.().isLive, false);
});

test("what a scope returns stays: alone, in arrays, objects, maps, sets, and deeper", () => {
  const before = liveTensors();
  const held: Tensor[] = [];
  const make = (): Tensor => {
    const x = zeros([1]);
    held.push(x);
    return x;
  };
  scope(make);
  scope(() => [make(), make()]);
  scope(() => ({ a: make(), b: { c: [make()] }, d: 3, e: null }));
  scope(() => new Map<string, unknown>([["x", make()]]));
  scope(() => new Set([make()]));
  scope(() => Object.assign(Object.create(null) as object, { x: make() }));
  assert.equal(held.length, 8);
  assert.ok(held.every((x) => x.isLive));
  assert.equal(liveTensors(), before + 8);
  for (const x of held) x.release();
  assert.equal(liveTensors(), before);
});

test("keep keeps too, and gives its value back", () => {
  const before = liveTensors();
  let kept: Tensor | undefined;
  const result = scope((keep) => {
    kept = keep(ones([2]));
    return add(kept, 1).toArray();
  });
  assert.deepEqual(result, [2, 2]);
  assert.equal(liveTensors(), before + 1);
  assert.deepEqual(kept?.toArray(), [1, 1]);
  kept?.release();
});

test("what an inner scope keeps belongs to the outer one", () => {
  const before = liveTensors();
  const [dead, alive] = scope(() => {
    const fromInner = scope((keep) => {
      keep(zeros([1]));
      return [zeros([2]), zeros([3])] as const;
    });
    assert.equal(liveTensors(), before + 3);
    return [() => fromInner[0], fromInner[1]] as const;
  });
  assert.equal(dead().isLive, false);
  assert.ok(alive.isLive);
  assert.equal(liveTensors(), before + 1);
  alive.release();
});

test("an exception frees everything, what was kept too", () => {
  const before = liveTensors();
  assert.throws(
    () =>
      scope((keep) => {
        keep(ones([1]));
        scope(() => zeros([1]));
        throw new RangeError("mine");
      }),
    new RangeError("mine"),
  );
  assert.equal(liveTensors(), before);
});

test("tensors of an outer scope may be returned, released and returned twice", () => {
  const outer = ones([1]);
  const before = liveTensors();
  assert.equal(
    scope(() => outer),
    outer,
  );
  assert.ok(outer.isLive);
  const pair = scope(() => {
    const x = zeros([1]);
    return [x, x];
  });
  assert.equal(liveTensors(), before + 1);
  pair[0]?.release();
  const gone = scope(() => {
    const x = zeros([1]);
    x.release();
    return x;
  });
  assert.equal(gone.isLive, false);
  assert.equal(liveTensors(), before);
});

test("an in-place result is another handle to the same tensor: freeing one leaves the other", () => {
  const x = zeros([2]);
  scope(() => {
    addInPlace(x, 1);
  });
  assert.deepEqual(x.toArray(), [1, 1]);
});

test("an asynchronous function is refused, its tensors freed, its own failure silent", async () => {
  const before = liveTensors();
  assert.throws(
    () =>
      scope(async () => {
        const x = ones([1]);
        await Promise.resolve();
        return x.toArray();
      }),
    new TypeError("scope: the function must not be asynchronous"),
  );
  assert.equal(liveTensors(), before);
  await new Promise((resolve) => setImmediate(resolve));
});

test("use after release, double release, and handles from nowhere are errors", () => {
  const x = tensor([1, 2]);
  x.release();
  assert.equal(x.isLive, false);
  const released = /tensor handle \d+ has been released \(by release\(\) or by the scope it was made in\)/;
  assert.throws(() => x.shape, released);
  assert.throws(() => x.toArray(), released);
  assert.throws(() => x.backward(), released);
  assert.throws(() => x.grad, released);
  assert.throws(() => x.release(), released);
  assert.throws(() => add(x, 1), released);
  assert.throws(() => addon().release(-1), /release: tensor handle -1 was never given out/);
  assert.throws(() => addon().shape(12345), /shape: tensor handle 12345 was never given out/);
});

test("a slot that is used again does not revive the released handle", () => {
  const first = zeros([1]);
  first.release();
  const second = zeros([2]);
  assert.notEqual(first.handle, second.handle);
  assert.equal(first.isLive, false);
  assert.deepEqual(second.shape, [2]);
  second.release();
});

test("the addon's scopes are left in order, and a refused leave changes nothing", () => {
  const depth = addon().scopeEnter();
  const x = zeros([1]);
  assert.throws(() => addon().scopeLeave(depth + 1, []), /scopeLeave: scopes must be left in the order opposite/);
  assert.throws(() => addon().scopeLeave(depth, [1]), /scopeLeave: tensor handle 1 was never given out/);
  assert.ok(x.isLive);
  addon().scopeLeave(depth, []);
  assert.equal(x.isLive, false);
  assert.throws(() => addon().scopeLeave(0, []), /scopeLeave/);
});
