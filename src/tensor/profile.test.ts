import assert from "node:assert/strict";
import { test } from "node:test";
import type { OperatorTime } from "./addon-types.js";
import { add, matmul, mul, pow } from "./arithmetic.js";
import { conv2d } from "./convolution.js";
import { ones } from "./create.js";
import { operator } from "./operator.js";
import { startProfile, stopProfile } from "./profile.js";
import { sum } from "./reduce.js";
import { scope } from "./tensor.js";

/** What `body` called; the profile ends whatever happens. */
function profiled(body: () => void, withInputs = false): readonly OperatorTime[] {
  startProfile({ withInputs });
  let rows: readonly OperatorTime[] = [];
  try {
    scope(body);
  } finally {
    rows = stopProfile();
  }
  return rows;
}

const named = (rows: readonly OperatorTime[], name: string) => rows.filter((row) => row.name === name);

test("operators are counted, by name", () => {
  const rows = profiled(() => {
    const x = ones([3]);
    add(add(x, x), x);
  });
  const [row, ...others] = named(rows, "aten::add");
  assert.deepEqual(others, []);
  assert.equal(row?.calls, 2);
  assert.equal(row.backward, false);
  assert.deepEqual([row.shapes, row.lists], [{}, {}]);
});

test("with inputs, calls are distinguished by their shapes, but not by numeric arguments", () => {
  const rows = profiled(() => {
    for (const exponent of [2, 3]) pow(ones([2, 3]), exponent);
    pow(ones([4]), 2);
  }, true);
  const found = named(rows, "aten::pow").map(({ calls, shapes }) => ({ calls, shapes }));
  assert.deepEqual(
    found.sort((a, b) => a.calls - b.calls),
    [
      { calls: 1, shapes: { self: [4] } },
      { calls: 2, shapes: { self: [2, 3] } },
    ],
  );
});

test("nodes of the backward pass are distinct from operators and name what they call", () => {
  const rows = profiled(() => {
    const weight = ones([2, 3, 3, 3]);
    weight.requiresGrad = true;
    sum(conv2d(ones([1, 3, 8, 8]), weight, null, { padding: 1 })).backward();
  }, true);
  assert.deepEqual(
    named(rows, "ConvolutionBackward0").map(({ backward, calls, shapes }) => ({ backward, calls, shapes })),
    [{ backward: true, calls: 1, shapes: { 0: [1, 2, 8, 8] } }],
  );
  const [backward] = named(rows, "aten::convolution_backward");
  assert.equal(backward?.backward, false);
  assert.deepEqual(backward.shapes["weight"], [2, 3, 3, 3]);
  assert.deepEqual(backward.lists["padding"], [1, 1]);
  assert.deepEqual(backward.lists["output_mask"], [0, 1, 0]);
});

test("own times do not overlap: together they are no more than what passed", () => {
  const start = performance.now();
  const rows = profiled(() => {
    const x = ones([200, 200]);
    x.requiresGrad = true;
    sum(mul(matmul(x, x), x)).backward();
  });
  const passedMs = performance.now() - start;
  assert.ok(rows.every(({ selfMicroseconds }) => selfMicroseconds >= 0));
  const ownMs = rows.reduce((total, { selfMicroseconds }) => total + selfMicroseconds / 1000, 0);
  assert.ok(ownMs > 0 && ownMs <= passedMs, `${ownMs} of ${passedMs} ms`);
  // The product is done by the inner one of two operators.
  const [outer] = named(rows, "aten::matmul");
  const [inner] = named(rows, "aten::mm");
  assert.ok((outer?.selfMicroseconds ?? 0) < (inner?.selfMicroseconds ?? 0));
});

test("custom operators are among them, and nothing is kept from one profile to the next", () => {
  const peak = operator("weight_search::fma_peak");
  assert.equal(
    named(
      profiled(() => peak(10n)),
      "weight_search::fma_peak",
    )[0]?.calls,
    1,
  );
  peak(10n);
  assert.deepEqual(
    profiled(() => {}),
    [],
  );
});

test("a profile begins once and ends once", () => {
  assert.throws(stopProfile, /stopProfile: no profile is being taken/);
  startProfile();
  assert.throws(startProfile, /startProfile: a profile is being taken already/);
  stopProfile();
});

test("the peak is positive, of a known instruction set, and needs work to be measured", () => {
  const peak = operator("weight_search::fma_peak");
  const [flops, instructions] = peak(100_000n) as [number, string];
  assert.ok(flops > 1e8, `${flops}`);
  assert.match(instructions, /^(avx512f|avx2 fma|sse2|neon|scalar)$/);
  assert.throws(() => peak(0n), /iterations must be positive, not 0/);
});
