import assert from "node:assert/strict";
import { test } from "node:test";
import { checkGradient, spread } from "../../tests/support/gradient.js";
import { assertNear } from "../../tests/support/near.js";
import { tensor, zeros } from "./create.js";
import { crossEntropy, distillationLoss, mseLoss } from "./loss.js";
import { to } from "./shape.js";

const labels = (...values: number[]) => tensor(values, [values.length], "int64");

test("cross entropy is the mean of minus the logarithm of the label's probability", () => {
  // softmax of (ln 1, ln 2, ln 5) is (1/8, 2/8, 5/8).
  const row = [0, Math.log(2), Math.log(5)];
  const logits = tensor([...row, ...row], [2, 3], "float64");
  const expected = (-Math.log(5 / 8) - Math.log(1 / 8)) / 2;
  assertNear([crossEntropy(logits, labels(2, 0)).item()], [expected], { relative: 1e-12, absolute: 0 });
  const smoothed = crossEntropy(logits, labels(2, 0), { labelSmoothing: 0.3 }).item();
  const uniform = -(Math.log(1 / 8) + Math.log(2 / 8) + Math.log(5 / 8)) / 3;
  assertNear([smoothed], [0.7 * expected + 0.3 * uniform], { relative: 1e-12, absolute: 0 });
});

test("cross entropy with probabilities is their mean over the classes, with gradients, and of one-hot rows that of labels", () => {
  const row = [0, Math.log(2), Math.log(5)];
  const logits = tensor([...row, ...row], [2, 3], "float64");
  const soft = [0.25, 0.75, 0, 0, 0.5, 0.5];
  const written = (probabilities: readonly number[]) =>
    probabilities.reduce((total, q, index) => total - q * Math.log(([1, 2, 5][index % 3] as number) / 8), 0) / 2;
  const target = tensor(soft, [2, 3], "float64");
  assertNear([crossEntropy(logits, target).item()], [written(soft)], { relative: 1e-12, absolute: 0 });
  const smoothed = crossEntropy(logits, target, { labelSmoothing: 0.3 }).item();
  assertNear([smoothed], [written(soft.map((q) => 0.7 * q + 0.1))], { relative: 1e-12, absolute: 0 });
  for (const labelSmoothing of [0, 0.3]) {
    const ofOneHot = crossEntropy(logits, tensor([0, 0, 1, 1, 0, 0], [2, 3], "float64"), { labelSmoothing }).item();
    const ofLabels = crossEntropy(logits, labels(2, 0), { labelSmoothing }).item();
    assertNear([ofOneHot], [ofLabels], { relative: 1e-12, absolute: 0 });
    checkGradient([{ values: spread(6), shape: [2, 3] }], (x) => crossEntropy(x, target, { labelSmoothing }));
  }
});

test("probabilities of another shape, or whole numbers in their place, are errors", () => {
  assert.throws(() => crossEntropy(zeros([2, 3]), zeros([2, 4])), /aten::cross_entropy_loss/);
  assert.throws(() => crossEntropy(zeros([2, 3]), zeros([2, 3], "int64")), /aten::cross_entropy_loss/);
});

test("mean squared error", () => {
  assert.equal(mseLoss(tensor([1, 2]), tensor([3, 2])).item(), 2);
});

test("gradients", () => {
  const target = labels(2, 0);
  for (const labelSmoothing of [0, 0.1]) {
    checkGradient([{ values: spread(8), shape: [2, 4] }], (logits) => crossEntropy(logits, target, { labelSmoothing }));
  }
  checkGradient(
    [
      { values: spread(4), shape: [4] },
      { values: spread(4, 6), shape: [4] },
    ],
    (x, y) => mseLoss(x, y),
  );
});

test("a label that is no class, labels of another type or number are errors", () => {
  const logits = zeros([2, 3]);
  assert.throws(
    () => crossEntropy(logits, labels(0, 3)),
    /aten::cross_entropy_loss\(self: float32 \[2, 3\].*Target 3/s,
  );
  assert.throws(() => crossEntropy(logits, labels(0, -1)), /Target -1 is out of bounds/);
  assert.throws(() => crossEntropy(logits, labels(0)), /aten::cross_entropy_loss/);
  assert.throws(() => crossEntropy(logits, zeros([2], "int32")), /aten::cross_entropy_loss/);
});

const STUDENT = [0.5, -1, 2, 1.5, 0, -0.5];
const TEACHER = [1, 0, -1, 0.25, 0.5, 3];

test("distillation: T² times the mean Kullback-Leibler divergence, and its gradient", () => {
  // Σ p ln(p/q) and (q − p) T / N written out, p and q the softmaxes.
  const expected = [
    [1, 1.415590560951653, [-0.2449752818173926, -0.1028079488920551, 0.3477832307094477, 0.3401709381385259]],
    [4, 1.777507285152145, [-0.2019775263406106, -0.2155455324100471, 0.4175230587506577, 0.3784746224731806]],
  ] as const;
  for (const [temperature, value, gradient] of expected) {
    for (const [dtype, relative] of [
      ["float64", 1e-12],
      ["float32", 1e-5],
    ] as const) {
      const logits = tensor(STUDENT, [2, 3], dtype);
      logits.requiresGrad = true;
      const loss = distillationLoss(logits, tensor(TEACHER, [2, 3], dtype), temperature);
      loss.backward();
      assertNear([loss.item()], [value], { relative, absolute: 0 });
      assertNear(logits.grad?.toArray().slice(0, 4) ?? [], gradient, { relative, absolute: 0 });
    }
    const teacher = tensor(TEACHER, [2, 3], "float64");
    checkGradient([{ values: STUDENT, shape: [2, 3] }], (logits) => distillationLoss(logits, teacher, temperature));
  }
  const same = tensor(STUDENT, [2, 3], "float64");
  assert.equal(distillationLoss(same, same, 2).item(), 0);
});

test("distillation of logits in bfloat16 is computed in float32, and of other shapes refused", () => {
  const [logits, teacher] = [to(tensor([0, 1], [1, 2]), "bfloat16"), tensor([0, 2], [1, 2])];
  const loss = distillationLoss(logits, teacher, 1);
  assert.equal(loss.dtype, "float32");
  assert.equal(loss.item(), distillationLoss(to(logits, "float32"), teacher, 1).item());
  assert.throws(
    () => distillationLoss(zeros([2, 3]), zeros([2, 4]), 1),
    new Error("distillationLoss: expected logits of one shape [N, C], received [2,3] and [2,4]"),
  );
});
