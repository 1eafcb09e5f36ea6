import type { MeasuredTrace } from "./trace.js";

const LOSS_TOLERANCE = 1e-3;

const relative = (measured: number, expected: number): number => Math.abs(measured - expected) / Math.abs(expected);

/**
 * A line a step, expected beside measured, and whether every loss is within 1e-3 (relative) and every count equal. The
 * gradient norms and the final evaluation are shown; they do not decide.
 */
export function reportTrace({ expected, steps, evaluationLoss }: MeasuredTrace): { lines: string[]; passed: boolean } {
  if (steps.length !== expected.steps.length) {
    throw new RangeError(`${steps.length} steps were measured, ${expected.steps.length} expected`);
  }
  let passed = true;
  const lines = steps.map((step, index) => {
    const wanted = expected.steps[index];
    if (wanted === undefined) throw new RangeError(`step ${index} has no expectation`);
    const lossError = relative(step.loss, wanted.loss);
    // Written so that a NaN fails.
    const ok = lossError <= LOSS_TOLERANCE && step.correct1 === wanted.correct1 && step.correct5 === wanted.correct5;
    passed &&= ok;
    const norms =
      wanted.gradient_norm === undefined
        ? ""
        : `  gradient norm ${wanted.gradient_norm.toFixed(5)} / ${step.gradientNorm.toFixed(5)}`;
    return (
      `  step ${index + 1}  loss ${wanted.loss.toFixed(6)} / ${step.loss.toFixed(6)} (${lossError.toExponential(1)})` +
      `  top-1 ${wanted.correct1} / ${step.correct1}  top-5 ${wanted.correct5} / ${step.correct5}${norms}` +
      `  ${ok ? "ok" : "DIFFERS"}`
    );
  });
  if (expected.after !== undefined) {
    const loss = expected.after.eval_loss_on_batch_0;
    lines.push(
      `  evaluation  loss ${loss.toPrecision(7)} / ${evaluationLoss.toPrecision(7)} (${relative(evaluationLoss, loss).toExponential(1)})`,
    );
  }
  return { lines, passed };
}
