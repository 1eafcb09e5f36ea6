import { logSoftmax } from "./activation.js";
import { div, exp, mul, sub } from "./arithmetic.js";
import { tensorOperator } from "./operator.js";
import { sum } from "./reduce.js";
import { to } from "./shape.js";
import type { Tensor } from "./tensor.js";

const atenCrossEntropy = tensorOperator("aten::cross_entropy_loss");
const atenMseLoss = tensorOperator("aten::mse_loss");
const MEAN_REDUCTION = 1;
const NO_IGNORED_LABEL = -100;

/**
 * Mean over the batch of −Σ_c q_c ln softmax(logits)_c: logits `[N, C]` → a scalar. The target is either class indices, int64 `[N]`, where q is 1
 * on the label and 0 elsewhere, or probabilities q, float `[N, C]` (soft labels). With label smoothing α, (1 − α) q + α/C takes q's place.
 * @throws when an index is not in 0 … C − 1, or for a target of another shape or type.
 */
export function crossEntropy(logits: Tensor, target: Tensor, { labelSmoothing = 0 } = {}): Tensor {
  return atenCrossEntropy(logits, target, null, MEAN_REDUCTION, NO_IGNORED_LABEL, labelSmoothing);
}

/** Mean of (x − y)² over all elements: a scalar. */
export function mseLoss(x: Tensor, y: Tensor): Tensor {
  return atenMseLoss(x, y, MEAN_REDUCTION);
}

/**
 * The loss of knowledge distillation: T² times the mean over the batch of KL(softmax(z′/T) ‖ softmax(z/T)), of logits z of the student and
 * z′ of the teacher, both `[N, C]` → a scalar. The factor T² keeps the gradient, (softmax(z/T) − softmax(z′/T)) T / N, as large as that of
 * a cross entropy for any T (Hinton, Vinyals and Dean 2015, "Distilling the Knowledge in a Neural Network"). Computed in float32 at least.
 * @param temperature T > 0
 * @throws Error for logits of different shapes
 */
export function distillationLoss(logits: Tensor, teacherLogits: Tensor, temperature: number): Tensor {
  const [shape, teacherShape] = [logits.shape, teacherLogits.shape];
  if (shape.length !== 2 || shape.join() !== teacherShape.join()) {
    throw new Error(`distillationLoss: expected logits of one shape [N, C], received [${shape}] and [${teacherShape}]`);
  }
  const logProbabilities = (z: Tensor) => logSoftmax(div(z.dtype === "float64" ? z : to(z, "float32"), temperature), 1);
  const [student, teacher] = [logProbabilities(logits), logProbabilities(teacherLogits)];
  const divergence = sum(mul(exp(teacher), sub(teacher, student)));
  return mul(divergence, temperature ** 2 / (shape[0] ?? 1));
}
