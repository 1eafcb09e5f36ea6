import type { Module } from "../nn/module.js";
import { mulInPlace } from "../tensor/arithmetic.js";
import { noGrad } from "../tensor/autograd.js";
import { gradientNorm } from "./divergence.js";

/** Keeps a division by zero away, as torch.nn.utils.clip_grad_norm_ does. */
const EPSILON = 1e-6;

/**
 * Scales all gradients of a network by min(1, c / (‖g‖ + 1e-6)), with ‖g‖ the norm of all of them together; of a searched weight
 * the gradient is ∂L/∂w.
 * @param maxNorm c > 0
 */
export function clipGradients(network: Module, maxNorm: number): void {
  const factor = maxNorm / (gradientNorm(network) + EPSILON);
  if (!(factor < 1)) return;
  noGrad(() => {
    for (const [, { grad }] of network.namedLeaves()) if (grad !== null) mulInPlace(grad, factor);
  });
}
