import assert from "node:assert/strict";
import { test } from "node:test";
import { assertNear } from "../../tests/support/near.js";
import { rand, randn, zeros } from "../tensor/create.js";
import { operator, tensorOperator } from "../tensor/operator.js";
import { manualSeed } from "../tensor/runtime.js";
import { clone } from "../tensor/shape.js";
import { scope } from "../tensor/tensor.js";

// What other devices than the CPU compute with, held against the fused kernels. Called on the CPU, by its own names.
const TOLERANCE = { relative: 1e-5, absolute: 1e-5 };

const VALUE_SETS = [
  [-1, 1],
  [-1, 0, 1],
  [-0.25, -0.5, -1, -2, 2, 1, 0.5, 0.25],
];

for (const values of VALUE_SETS) {
  for (const noiseScale of [0, 0.7]) {
    test(`composed sampling equals the fused kernels: ${values.length} values, noise ${noiseScale}`, () => {
      manualSeed(7);
      scope(() => {
        const logits = randn([50, values.length]);
        const gradient = rand([50]);
        for (const hard of [true, false]) {
          const args = [logits, values, 0.8, noiseScale, 5n, 3, hard] as const;
          assertNear(
            tensorOperator("weight_search::composed_sample")(...args).toArray(),
            tensorOperator("weight_search::sample")(...args).toArray(),
            TOLERANCE,
          );
        }
        const backward = [gradient, logits, values, 0.8, noiseScale, 5n, 3] as const;
        assertNear(
          tensorOperator("weight_search::composed_sample_backward")(...backward).toArray(),
          tensorOperator("weight_search::sample_backward")(...backward).toArray(),
          TOLERANCE,
        );
        const stepped = (name: string) => {
          const [a, m, next] = [clone(logits), zeros(logits.shape), zeros(gradient.shape)];
          for (let step = 0; step < 2; step++) {
            operator(name)(a, m, gradient, values, 0.8, noiseScale, 5n, step, 0.1, 0.9, 0.01, next);
          }
          return [a, m, next] as const;
        };
        const composed = stepped("weight_search::composed_logit_sgd_");
        const fused = stepped("weight_search::logit_sgd_");
        assertNear(composed[0].toArray(), fused[0].toArray(), TOLERANCE);
        assertNear(composed[1].toArray(), fused[1].toArray(), TOLERANCE);
        assert.deepEqual(composed[2].toArray(), fused[2].toArray());
      });
    });
  }
}

test("a step fills the given weight with the hard values of the updated logits", () => {
  const values = [-1, 0, 1];
  for (const name of ["weight_search::logit_sgd_", "weight_search::composed_logit_sgd_"]) {
    manualSeed(7);
    scope(() => {
      const [a, gradient, best] = [randn([50, 3]), randn([50]), zeros([50])];
      operator(name)(a, zeros([50, 3]), gradient, values, 0.8, 0.7, 5n, 3, 10, 0.9, 0.01, best);
      const expected = tensorOperator("weight_search::sample")(a, values, 1, 0, 0, 0, true);
      assert.deepEqual(best.toArray(), expected.toArray());
      assert.throws(() => operator(name)(a, zeros([50, 3]), gradient, values, 0.8, 0, 5n, 3, 1, 0, 0, zeros([49])));
    });
  }
});

test("composed SGD equals the fused one", () => {
  scope(() => {
    const [first, gradient] = [randn([4, 3]), randn([4, 3])];
    const stepped = (name: string) => {
      const [x, m] = [clone(first), zeros(first.shape)];
      for (let step = 0; step < 3; step++) operator(name)([x], [m], [gradient], 0.1, 0.9, 0.01);
      return x;
    };
    assertNear(stepped("weight_search::composed_sgd_").toArray(), stepped("weight_search::sgd_").toArray());
  });
});
