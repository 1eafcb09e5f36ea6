import assert from "node:assert/strict";
import { test } from "node:test";
import { checkGradient, spread } from "../../tests/support/gradient.js";
import { assertNear } from "../../tests/support/near.js";
import { tensor, zeros } from "./create.js";
import { crossEntropy, mseLoss } from "./loss.js";

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
