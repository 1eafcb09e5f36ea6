import assert from "node:assert/strict";
import { test } from "node:test";
import { assertNear } from "../../tests/support/near.js";
import { type LearningRateSchedule, learningRateAt } from "./learning-rate.js";

// The expected numbers are those of torch 1.13 (/usr/bin/python3):
//   p = Parameter(zeros(1)); o = torch.optim.SGD([p], lr=.1); s = make(o)
//   for _ in range(n): print(o.param_groups[0]["lr"]); o.step(); s.step()

function rates(schedule: LearningRateSchedule, count: number): number[] {
  return Array.from({ length: count }, (_, step) => learningRateAt(schedule, step));
}

test("cosine is CosineAnnealingLR(o, 10, eta_min=.001)", () => {
  assertNear(
    rates({ kind: "cosine", initial: 0.1, minimum: 0.001, totalSteps: 10, warmupSteps: 0 }, 11),
    [
      0.1, 0.0975772975566101, 0.0905463412215599, 0.0795953699884774, 0.0657963412215599, 0.0505, 0.0352036587784401,
      0.0214046300115226, 0.0104536587784401, 0.0034227024433899, 0.001,
    ],
    { relative: 1e-13, absolute: 0 },
  );
});

test("warm-up goes up in even steps, and the cosine takes the rest", () => {
  const warm = rates({ kind: "cosine", initial: 1, minimum: 0, totalSteps: 7, warmupSteps: 3 }, 8);
  assertNear(warm, [0.25, 0.5, 0.75, 1, (2 + Math.SQRT2) / 4, 0.5, (2 - Math.SQRT2) / 4, 0], {
    relative: 1e-13,
    absolute: 1e-16,
  });
});

test("step is MultiStepLR(o, [2, 5, 6], gamma=.1)", () => {
  assertNear(
    rates({ kind: "step", initial: 0.1, gamma: 0.1, milestones: [2, 5, 6] }, 8),
    [0.1, 0.1, 0.01, 0.01, 0.01, 0.001, 0.0001, 0.0001],
    { relative: 1e-13, absolute: 0 },
  );
});

test("milestones may come in any order, or be none", () => {
  const schedule = { kind: "step", initial: 1, gamma: 0.5, milestones: [4, 1] } as const;
  assert.deepEqual(rates(schedule, 5), [1, 0.5, 0.5, 0.5, 0.25]);
  assert.deepEqual(rates({ ...schedule, milestones: [] }, 3), [1, 1, 1]);
});
