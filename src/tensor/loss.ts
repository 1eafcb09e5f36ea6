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
 * Mean over the batch of −ln softmax(logits)[label]: logits `[N, C]`, labels int64 `[N]` → a scalar. With label
 * smoothing α the target is 1 − α + α/C on the label and α/C elsewhere.
 * @throws when a label is not in 0 … C − 1.
 */
export function crossEntropy(logits: Tensor, labels: Tensor, { labelSmoothing = 0 } = {}): Tensor {
  return atenCrossEntropy(logits, labels, null, MEAN_REDUCTION, NO_IGNORED_LABEL, labelSmoothing);
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
