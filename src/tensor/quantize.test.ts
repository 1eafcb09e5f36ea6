import assert from "node:assert/strict";
import { test } from "node:test";
import { assertNear } from "../../tests/support/near.js";
import { add, mul } from "./arithmetic.js";
import { noGrad } from "./autograd.js";
import { full, randn, tensor } from "./create.js";
import { tensorOperator } from "./operator.js";
import { birealSign, pact } from "./quantize.js";
import { sum } from "./reduce.js";
import { manualSeed, setThreads } from "./runtime.js";
import { clone, concat, contiguous, detach, permute, slice, to } from "./shape.js";
import { scope, type Tensor } from "./tensor.js";

/** Output, ∂L/∂x and ∂L/∂α of L = Σ upstream · y. */
function pass(
  quantize: (x: Tensor, clip: Tensor) => Tensor,
  x: Tensor,
  clip: number,
  upstream: Tensor,
): { output: Tensor; dx: Tensor; dclip: number } {
  const input = clone(detach(x));
  const bound = full([], clip, x.dtype === "float64" ? "float64" : "float32");
  for (const leaf of [input, bound]) leaf.requiresGrad = true;
  const output = quantize(input, bound);
  sum(mul(output, upstream)).backward();
  assert.ok(input.grad);
  return { output: detach(output), dx: input.grad, dclip: bound.grad?.item() ?? 0 };
}

const composedPact = tensorOperator("weight_search::composed_pact");
const composedBirealSign = tensorOperator("weight_search::composed_bireal_sign");
const signs = (quantize: (x: Tensor) => Tensor) => (x: Tensor) => quantize(x);
const STEPS_OF_2 = [0, 1, 2, 3].map((step) => (step * 1.5) / 3);

test("pact by hand: 2 bits with a clip of 1.5", () => {
  scope(() => {
    // Halves of a step, 0.25 and 0.75, go to the even step.
    const x = tensor([-1, -0, 0, 0.24, 0.25, 0.26, 0.75, 1.3, 1.4999, 1.5, 7, Infinity, -Infinity, Number.NaN]);
    const upstream = tensor(Array.from({ length: x.size }, (_, index) => index + 1));
    const { output, dx, dclip } = pass((input, clip) => pact(input, clip, 2), x, 1.5, upstream);
    const [zero = 0, one = 0, two = 0, three = 0] = STEPS_OF_2;
    assertNear(
      output.toArray(),
      [zero, zero, zero, zero, zero, one, two, three, three, three, three, three, zero, Number.NaN],
      { relative: 0, absolute: 0 },
    );
    assert.deepEqual(dx.toArray(), [0, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 0, 0, 0]);
    assert.equal(dclip, 10 + 11 + 12);
  });
});

test("birealSign by hand", () => {
  scope(() => {
    const x = tensor([-Infinity, -2, -1, -0.75, -0, 0, 0.25, 1, 3, Infinity, Number.NaN]);
    const { output, dx } = pass(signs(birealSign), x, 0, full([x.size], 3));
    assert.deepEqual(output.toArray(), [-1, -1, -1, -1, 1, 1, 1, 1, 1, 1, Number.NaN]);
    assert.deepEqual(dx.toArray(), [0, 0, 0, 1.5, 6, 6, 4.5, 0, 0, 0, 0]);
  });
});

for (const format of ["contiguous_format", "channels_last"] as const) {
  for (const bits of [2, 3, 4, 8]) {
    test(`pact equals the composition: ${bits} bits, ${format}`, () => {
      scope(() => {
        manualSeed(bits);
        const x = contiguous(mul(randn([5, 7, 9, 11]), 2), format);
        const upstream = randn(x.shape);
        const fused = pass((input, clip) => pact(input, clip, bits, 2), x, 1.7, upstream);
        const parts = pass((input, clip) => composedPact(input, clip, bits), x, 1.7, upstream);
        assert.deepEqual(fused.output.toArray(), parts.output.toArray());
        assert.deepEqual(fused.dx.toArray(), parts.dx.toArray());
        const exact = pass((input, clip) => pact(input, clip, bits), to(x, "float64"), 1.7, to(upstream, "float64"));
        assertNear([fused.dclip], [exact.dclip], { relative: 1e-5 });
        assert.ok(new Set(fused.output.toArray()).size <= 2 ** bits);
      });
    });
  }

  test(`birealSign equals the composition: ${format}`, () => {
    scope(() => {
      manualSeed(1);
      const x = contiguous(randn([5, 7, 9, 11]), format);
      const upstream = randn(x.shape);
      const fused = pass(signs(birealSign), x, 0, upstream);
      const parts = pass(signs(composedBirealSign), x, 0, upstream);
      assert.deepEqual(fused.output.toArray(), parts.output.toArray());
      assertNear(fused.dx.toArray(), parts.dx.toArray());
    });
  });
}

test("a clip that is 0, negative, tiny, infinite or NaN neither divides by zero nor hides it", () => {
  scope(() => {
    const x = tensor([-1, 0.5, 2, 1e30, Number.NaN]);
    const upstream = tensor([1, 2, 3, 4, 5]);
    for (const clip of [0, -0, -3, 1e-45, 1e-38, 3e38, Infinity, Number.NaN]) {
      for (const bits of [2, 8]) {
        const fused = pass((input, bound) => pact(input, bound, bits), x, clip, upstream);
        const parts = pass((input, bound) => composedPact(input, bound, bits), x, clip, upstream);
        assertNear(fused.output.toArray(), parts.output.toArray(), { relative: 0, absolute: 0 });
        // The composition loses values through ∞ − ∞.
        if (clip < Infinity) assertNear(fused.dx.toArray(), parts.dx.toArray(), { absolute: 0 });
        if (clip <= 0) {
          assertNear(fused.output.toArray(), [0, 0, 0, 0, Number.NaN], { relative: 0, absolute: 0 });
          assert.deepEqual([fused.dx.toArray(), fused.dclip], [[0, 0, 0, 0, 0], 9]);
        }
      }
    }
  });
});

test("bfloat16 is computed in float32, and given back rounded once", () => {
  scope(() => {
    manualSeed(3);
    const x = to(mul(randn([3, 5, 7]), 2), "bfloat16");
    const upstream = randn(x.shape);
    const wide = to(x, "float32");
    for (const quantize of [
      (input: Tensor, clip: Tensor) => pact(input, clip, 2),
      (input: Tensor, clip: Tensor) => pact(input, clip, 8),
      signs(birealSign),
    ]) {
      const [narrow, exact] = [
        pass(quantize, x, 1.7, upstream),
        pass(quantize, wide, 1.7, to(to(upstream, "bfloat16"), "float32")),
      ];
      assert.deepEqual([narrow.output.dtype, narrow.dx.dtype], ["bfloat16", "bfloat16"]);
      for (const part of ["output", "dx"] as const) {
        assert.deepEqual(to(narrow[part], "float32").toArray(), to(to(exact[part], "bfloat16"), "float32").toArray());
      }
      assertNear([narrow.dclip], [exact.dclip], { relative: 1e-5 });
    }
  });
});

test("threads change no bit, and a batch in two chunks is its chunks", () => {
  scope(() => {
    manualSeed(2);
    const x = contiguous(randn([21, 16, 20, 20]), "channels_last");
    const upstream = contiguous(randn(x.shape), "channels_last");
    const run = (threads: number, chunks: number, first = 0, last = 21) => {
      setThreads(threads);
      const [images, gradient] = [x, upstream].map((each) =>
        contiguous(slice(each, 0, first, last), "channels_last"),
      ) as [Tensor, Tensor];
      return pass((input, clip) => pact(input, clip, 2, chunks), images, 1, gradient);
    };
    const whole = run(1, 2);
    const halves = [run(1, 1, 0, 10), run(1, 1, 10, 21)] as const;
    assert.equal(whole.dclip, Math.fround(halves[0].dclip + halves[1].dclip));
    assert.notEqual(whole.dclip, run(1, 1, 0, 10).dclip);
    const joined = (part: "output" | "dx") => concat([halves[0][part], halves[1][part]]).toTypedArray();
    for (const threads of [1, 2, 3]) {
      const other = run(threads, 2);
      assert.equal(other.dclip, whole.dclip);
      for (const part of ["output", "dx"] as const) assert.deepEqual(other[part].toTypedArray(), joined(part));
      setThreads(threads);
      const signed = pass(signs(birealSign), x, 0, upstream);
      setThreads(1);
      const alone = pass(signs(birealSign), x, 0, upstream);
      assert.deepEqual(signed.dx.toTypedArray(), alone.dx.toTypedArray());
    }
  });
});

test("the memory format stays, and of others a row-major copy is taken", () => {
  scope(() => {
    const rows = randn([4, 6]);
    for (const quantize of [(x: Tensor) => pact(x, full([], 1), 2), birealSign]) {
      const turned = permute(rows, [1, 0]);
      assert.deepEqual(quantize(turned).toArray(), quantize(contiguous(turned)).toArray());
      assert.deepEqual(quantize(randn([0, 3, 2, 2])).shape, [0, 3, 2, 2]);
      const [first = Number.NaN] = rows.toArray();
      assert.deepEqual(quantize(full([], first)).toArray(), quantize(slice(slice(rows, 0, 0, 1), 1, 0, 1)).toArray());
    }
  });
});

test("a tensor that is used twice gets both gradients, one that needs none gets none", () => {
  scope(() => {
    const x = tensor([0.5, 2]);
    x.requiresGrad = true;
    const clip = full([], 1);
    sum(add(pact(x, clip, 4), x)).backward();
    assert.deepEqual([x.grad?.toArray(), clip.grad], [[2, 1], null]);
    assert.equal(noGrad(() => birealSign(x)).requiresGrad, false);
  });
});

test("what the operators do not compute is refused", () => {
  scope(() => {
    const native = tensorOperator("weight_search::pact");
    const x = randn([2, 3]);
    assert.throws(() => pact(x, full([], 1), 1), /expected 2 to 8 bits, received 1/);
    assert.throws(() => native(x, full([], 1), 9), /bits must be 2 to 8, not 9/);
    assert.throws(() => native(x, full([1], 1), 2), /clip must be a float32 scalar/);
    assert.throws(() => native(x, full([], 1), 2, 0), /chunks must be 1 to 1024, not 0/);
  });
});
