import assert from "node:assert/strict";
import { test } from "node:test";
import { AdamW } from "../src/optim/adamw.js";
import type { Optimizer } from "../src/optim/optimizer.js";
import { Sgd } from "../src/optim/sgd.js";
import { EVALUATION_DRAW, logitGradient } from "../src/search/sample.js";
import { SearchedWeight } from "../src/search/searched-weight.js";
import { mul } from "../src/tensor/arithmetic.js";
import { tensor } from "../src/tensor/create.js";
import { sum } from "../src/tensor/reduce.js";
import { manualSeed } from "../src/tensor/runtime.js";
import { liveTensors, scope } from "../src/tensor/tensor.js";
import { spread } from "./support/gradient.js";
import { assertNear } from "./support/near.js";

const STEPS = 20;
const COUNT = 12;
const VALUES = [-1, -0.5, 0.5, 1];

/** Moves one logit, as a number, by its gradient. */
type Rule = (x: number, g: number, state: { m: number; v: number }, step: number) => number;

const LOGITS = { lrScale: 3, weightDecay: 0.02 };

const CASES: readonly [name: string, create: (searched: SearchedWeight) => Optimizer, rule: Rule][] = [
  [
    "AdamW",
    (searched) => new AdamW([], [searched], { weightDecay: 1, logits: LOGITS }),
    (x, g, state, step) => {
      state.m = 0.9 * state.m + 0.1 * g;
      state.v = 0.999 * state.v + 0.001 * g * g;
      const root = Math.sqrt(state.v / (1 - 0.999 ** step)) + 1e-8;
      return x * (1 - 0.3 * 0.02) - (0.3 * (state.m / (1 - 0.9 ** step))) / root;
    },
  ],
  [
    "Nesterov's momentum",
    (searched) =>
      new Sgd([], [searched], {
        ...{ momentum: 0.5, weightDecay: 1, nesterov: true },
        logits: { ...LOGITS, lrUnit: "plain", momentum: 0.8 },
      }),
    (x, g, state) => {
      const decayed = g + 0.02 * x;
      state.m = 0.8 * state.m + decayed;
      return x - 0.3 * (decayed + 0.8 * state.m);
    },
  ],
];

for (const [name, create, rule] of CASES) {
  test(`logits move by ${name} as a composition says, whose gradient is that of the draw`, () => {
    scope(() => {
      manualSeed(1);
      const searched = new SearchedWeight([COUNT], VALUES);
      const optimizer = create(searched);
      const expected = searched.logits.toArray().slice();
      const states = expected.map(() => ({ m: 0, v: 0 }));
      const draw = { temperature: 0.7, noiseScale: 0.1, hard: false, seed: 5n, step: 0 };
      let live = 0;
      for (let step = 1; step <= STEPS; step++) {
        scope(() => {
          optimizer.clearGradients();
          searched.draw({ ...draw, step });
          const weights = tensor(spread(COUNT, step));
          sum(mul(searched.weight, weights)).backward();
          const gradients = logitGradient(weights, searched.logits, VALUES, { ...draw, step }).toArray();
          expected.forEach((x, index) => {
            const state = states[index];
            assert.ok(state);
            expected[index] = rule(x, gradients[index] ?? Number.NaN, state, step);
          });
          optimizer.step(0.1);
        });
        assertNear(searched.logits.toArray(), expected, { relative: 1e-5, absolute: 1e-5 });
        if (step === 2) live = liveTensors();
      }
      assert.equal(liveTensors(), live);
      // The next hard draw is of the new logits.
      searched.draw(EVALUATION_DRAW);
      const rows = Array.from({ length: COUNT }, (_, row) => expected.slice(4 * row, 4 * row + 4));
      assert.deepEqual(
        searched.weight.toArray(),
        rows.map((row) => VALUES[row.indexOf(Math.max(...row))]),
      );
    });
  });
}

test("a parameter without a gradient stays, and its own settings hold", () => {
  const [x, y, z] = [tensor([1]), tensor([1]), tensor([1])];
  for (const each of [x, y, z]) each.requiresGrad = true;
  const settings = [
    { lrScale: 1, weightDecay: 0 },
    { lrScale: 2, weightDecay: 0 },
    { lrScale: 1, weightDecay: 0 },
  ];
  for (const optimizer of [
    new AdamW([x, y, z], [], { weightDecay: 1, parameters: settings }),
    new Sgd([x, y, z], [], { momentum: 0, weightDecay: 1, parameters: settings }),
  ]) {
    const before = [x, y, z].map((each) => each.item());
    optimizer.clearGradients();
    scope(() => sum(mul(x, 3)).backward());
    scope(() => sum(mul(y, 3)).backward());
    optimizer.step(0.01);
    const [dx = 0, dy = 0, dz = 0] = [x, y, z].map((each, index) => (before[index] ?? 0) - each.item());
    assert.ok(dx > 0);
    assertNear([dy], [2 * dx], { relative: 1e-4 });
    assert.equal(dz, 0);
  }
});
