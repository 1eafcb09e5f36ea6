import assert from "node:assert/strict";
import { test } from "node:test";
import { assertNear } from "../../tests/support/near.js";
import { softmax } from "../tensor/activation.js";
import { div, equal, log, mul } from "../tensor/arithmetic.js";
import { randn, tensor, zeros } from "../tensor/create.js";
import type { Dtype } from "../tensor/dtype.js";
import { tensorOperator } from "../tensor/operator.js";
import { argmax, sum } from "../tensor/reduce.js";
import { manualSeed, setThreads, threads } from "../tensor/runtime.js";
import { clone, to } from "../tensor/shape.js";
import { scope, type Tensor } from "../tensor/tensor.js";
import { measureSearch } from "./search-statistics.js";
import { SearchedWeight } from "./searched-weight.js";

const NAMES = ["weight_search::search_statistics", "weight_search::composed_search_statistics"];
const { NaN: NAN, POSITIVE_INFINITY: UP, NEGATIVE_INFINITY: DOWN } = Number;

/** [Σ H in nats, changed, histogram…] by LibTorch's own operators in float64, and the hard choices. */
function composition(logits: Tensor, choices: Tensor, temperature: number): { sums: number[]; best: Tensor } {
  const p = softmax(div(to(logits, "float64"), temperature));
  const best = argmax(logits, -1);
  const same = equal(best, choices).toArray().filter(Boolean).length;
  const indices = best.toArray();
  const histogram = Array.from({ length: logits.shape.at(-1) ?? 0 }, (_, k) => indices.filter((b) => b === k).length);
  return { sums: [-sum(mul(p, log(p))).item(), choices.size - same, ...histogram], best };
}

for (const dtype of ["float32", "float64"] satisfies Dtype[]) {
  for (const count of [2, 3, 4, 8, 16, 256]) {
    test(`entropy, changes and histogram are those of a composition: ${count} values, ${dtype}`, () => {
      manualSeed(count);
      scope(() => {
        // More than two blocks of the kernel; the dimensions are folded.
        const logits = to(randn([3, 2731, count]), dtype);
        const choices = to(argmax(randn([3, 2731, count]), -1), "uint8");
        for (const temperature of [1, 0.05]) {
          const { sums, best } = composition(logits, choices, temperature);
          for (const name of NAMES) {
            const kept = clone(choices);
            const found = tensorOperator(name)(logits, temperature, kept).toArray();
            assert.deepEqual(found.slice(1), sums.slice(1), name);
            assertNear(found.slice(0, 1), sums.slice(0, 1), { relative: name.includes("composed") ? 1e-5 : 1e-12 });
            assert.deepEqual(kept.toArray(), best.toArray(), name);
          }
        }
      });
    });
  }
}

test("bit-exact for any number of threads", () => {
  const before = threads();
  manualSeed(1);
  scope(() => {
    const logits = randn([100_003, 4]);
    const results = [1, 2, 3, 7].map((count) => {
      setThreads(count);
      return measureSearch(logits, zeros([100_003], "uint8"), 0.3);
    });
    for (const result of results) assert.deepEqual(result, results[0]);
  });
  setThreads(before);
});

test("undecided is 1, decided 0; the first of equals is the best", () => {
  scope(() => {
    const choices = tensor([0, 1], [2], "uint8");
    assert.deepEqual(measureSearch(zeros([2, 16]), choices, 0.7), {
      entropy: 1,
      changed: 0.5,
      histogram: [1, ...Array(15).fill(0)],
    });
    assert.deepEqual(choices.toArray(), [0, 0]);
    const decided = tensor([0, 1000, 0, 1000, 0, 0], [2, 3]);
    assert.deepEqual(measureSearch(decided, choices, 1e-3), { entropy: 0, changed: 0.5, histogram: [0.5, 0.5, 0] });
  });
});

test("infinite logits are limits; a NaN logit leaves a weight without a hard value and keeps its choice", () => {
  const rows = [
    { logits: [UP, 0, UP], bits: 1, best: 0 },
    { logits: [DOWN, 0, 0], bits: 1, best: 1 },
    { logits: [DOWN, DOWN, DOWN], bits: Math.log2(3), best: 0 },
    { logits: [DOWN, 7, DOWN], bits: 0, best: 1 },
    { logits: [1e30, -1e30, UP], bits: 0, best: 2 },
  ];
  scope(() => {
    for (const dtype of ["float32", "float64"] satisfies Dtype[]) {
      for (const name of NAMES) {
        for (const { logits, bits, best } of rows) {
          const choices = tensor([2], [1], "uint8");
          const found = tensorOperator(name)(tensor(logits, [1, 3], dtype), 0.5, choices).toArray();
          const counts = [best === 2 ? 0 : 1, ...[0, 1, 2].map((k) => Number(k === best))];
          assertNear(found, [bits * Math.LN2, ...counts]);
          assert.deepEqual(choices.toArray(), [best]);
        }
        for (const logits of [
          [NAN, 0, 0],
          [0, 0, NAN],
          [UP, NAN, UP],
        ]) {
          const choices = tensor([2, 2], [2], "uint8");
          const all = tensor([...logits, 3, 4, 5], [2, 3], dtype);
          assert.deepEqual(tensorOperator(name)(all, 0.5, choices).toArray(), [NAN, 0, 0, 0, 1], name);
          assert.deepEqual(choices.toArray(), [2, 2]);
        }
      }
    }
  });
});

test("what does not fit is refused, and nothing has changed", () => {
  scope(() => {
    const [logits, choices] = [randn([5, 3]), tensor([0, 1, 2, 1, 0], [5], "uint8")];
    for (const name of NAMES) {
      const call = tensorOperator(name);
      assert.throws(() => call(to(logits, "int64"), 1, choices), /logits must be float32 or float64/);
      assert.throws(() => call(randn([5, 1]), 1, choices), /must be a number of values, 2 to 256/);
      assert.throws(() => call(randn([5, 257]), 1, choices), /must be a number of values, 2 to 256/);
      assert.throws(() => call(logits, 1, zeros([4], "uint8")), /choices must be contiguous, uint8, of shape \[5\]/);
      assert.throws(() => call(logits, 1, zeros([5], "int64")), /choices must be contiguous, uint8/);
      for (const t of [0, -1, NAN, UP, 1e-45]) assert.throws(() => call(logits, t, choices), /temperature must be/);
    }
    assert.deepEqual(choices.toArray(), [0, 1, 2, 1, 0]);
  });
});

test("a searched weight counts flips from the choices it last remembered, of factors too", () => {
  manualSeed(4);
  const searched = new SearchedWeight([40], [1, 0.5]);
  searched.rememberChoices();
  const { entropy, changed, histogram } = searched.statistics(1);
  assert.ok(entropy > 0.999 && changed === 0 && histogram.every((share) => share > 0));
  // The logits are put in falling order: the factor 1 is the best everywhere.
  searched.refine(searched.weight);
  const refined = searched.statistics(1);
  assertNear([refined.entropy], [entropy], { absolute: 1e-12 });
  assert.deepEqual([refined.changed, ...refined.histogram], [histogram[1], 1, 0]);
  assert.equal(searched.statistics(1).changed, 0);
});
