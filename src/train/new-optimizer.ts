import type { TrainingConfig } from "../config/training-keys.js";
import type { Module } from "../nn/module.js";
import { AdamW } from "../optim/adamw.js";
import { Ema } from "../optim/ema.js";
import type { Optimizer, ParameterSettings } from "../optim/optimizer.js";
import { Sgd } from "../optim/sgd.js";
import { isInteger } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";

/** The optimizer of a network, as the config says. */
export function newOptimizer(network: Module, config: TrainingConfig): Optimizer {
  const { momentum, weightDecay, optim } = config;
  const named = [...network.namedParameters()];
  const tensors = named.map(([, parameter]) => parameter);
  const searched = [...network.namedSearchedWeights()].map(([, weight]) => weight);
  const scales = new Set([...network.namedSearchedWeights()].map(([layer]) => `${layer}.scale`));
  const parameters = named.map(([name, tensor]) => settingsOf(name, tensor, scales, config));
  const { name, nesterov, beta1, beta2, epsilon, logits } = optim;
  if (name === "adamw") return new AdamW(tensors, searched, { beta1, beta2, epsilon, weightDecay, logits, parameters });
  return new Sgd(tensors, searched, { momentum, weightDecay, logits, nesterov, parameters });
}

/** Running means of all parameters, logits and batch statistics, as the config says; `null` for none. */
export function newEma(network: Module, { optim: { ema } }: TrainingConfig): Ema | null {
  if (ema === null) return null;
  const logits = [...network.namedSearchedWeights()].map(
    ([layer, weight]) => [`${layer}.alpha`, weight.logits] as const,
  );
  const buffers = [...network.namedBuffers()].filter(([, { dtype }]) => !isInteger(dtype));
  return new Ema(new Map([...network.namedParameters(), ...logits, ...buffers]), ema);
}

/** γ, β and biases, with fewer than two dimensions, are a group of their own, and scales of searched weights do not decay. */
function settingsOf(
  name: string,
  { shape }: Tensor,
  scales: ReadonlySet<string>,
  { weightDecay, optim: { norms } }: TrainingConfig,
): ParameterSettings {
  if (scales.has(name)) return { lrScale: norms.lrScale, weightDecay: 0 };
  return shape.length < 2 ? norms : { lrScale: 1, weightDecay };
}
