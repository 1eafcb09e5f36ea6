import { tensorOperator } from "./operator.js";
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
