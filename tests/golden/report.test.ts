import assert from "node:assert/strict";
import { test } from "node:test";
import type { ExpectedTrace } from "./case.js";
import { reportTrace } from "./report.js";
import type { MeasuredStep, MeasuredTrace } from "./trace.js";

const expected: ExpectedTrace = {
  arch: "resnet20",
  num_classes: 10,
  values: [-1, 1],
  strategy: "hard",
  temperature: 1,
  gumbel_scale: 0,
  quantize_first_layer: false,
  quantize_last_layer: false,
  optimizer: { name: "SGD", lr: 0.1, momentum: 0.9, weight_decay: 1e-4 },
  steps: [
    { loss: 2, correct1: 10, correct5: 50, gradient_norm: 3 },
    { loss: 1, correct1: 20, correct5: 60 },
  ],
  after: { eval_loss_on_batch_0: 1.5 },
};

/** A trace as expected, but for what is changed in its second step. */
function measured(changed: Partial<MeasuredStep>, evaluationLoss = 1.5): MeasuredTrace {
  const first = { loss: 2, correct1: 10, correct5: 50, gradientNorm: 3 };
  return {
    expected,
    steps: [first, { loss: 1, correct1: 20, correct5: 60, gradientNorm: 3, ...changed }],
    evaluationLoss,
  };
}

const passes = (changed: Partial<MeasuredStep>): boolean => reportTrace(measured(changed)).passed;

test("the expected figures pass, and a loss within 1e-3 of them", () => {
  assert.equal(passes({}), true);
  assert.equal(passes({ loss: 1 + 0.9e-3 }), true);
  assert.equal(passes({ loss: 1 - 0.9e-3 }), true);
});

test("a loss that is off by more than 1e-3 fails, on either side", () => {
  assert.equal(passes({ loss: 1 + 1.1e-3 }), false);
  assert.equal(passes({ loss: 1 - 1.1e-3 }), false);
});

test("a NaN loss fails", () => {
  for (const loss of [Number.NaN, Number.POSITIVE_INFINITY]) assert.equal(passes({ loss }), false);
});

test("a count that is off by one fails", () => {
  assert.equal(passes({ correct1: 21 }), false);
  assert.equal(passes({ correct5: 59 }), false);
});

test("one step that differs fails the trace, and its line says which", () => {
  const { lines, passed } = reportTrace(measured({ correct1: 19 }));
  assert.equal(passed, false);
  assert.match(lines[0] ?? "", /step 1 .*gradient norm 3\.00000 \/ 3\.00000 {2}ok$/);
  assert.match(lines[1] ?? "", /step 2 .*top-1 20 \/ 19 .*DIFFERS$/);
});

test("gradient norms and the evaluation are shown and do not decide", () => {
  const { lines, passed } = reportTrace(measured({ gradientNorm: 99 }, 3));
  assert.equal(passed, true);
  assert.match(lines.at(-1) ?? "", /evaluation {2}loss 1\.500000 \/ 3\.000000 \(1\.0e\+0\)/);
});

test("fewer or more steps than expected are an error", () => {
  const { steps } = measured({});
  const more = { ...measured({}), steps: [...steps, ...steps] };
  assert.throws(() => reportTrace(more), RangeError);
  const fewer = { ...measured({}), steps: steps.slice(0, 1) };
  assert.throws(() => reportTrace(fewer), RangeError);
});
