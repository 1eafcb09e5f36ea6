import type { TrainingConfig } from "../config/training-keys.js";
import type { Module } from "../nn/module.js";
import { checkedOptimizer } from "../optim/check-optimizer.js";
import type { OptimizerDefinition } from "../optim/definition.js";
import { Ema } from "../optim/ema.js";
import type { Optimizer, ParameterSettings } from "../optim/optimizer.js";
import { optimizerNamed } from "../optim/registry.js";
import { isInteger } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { InputError } from "../text/errors.js";

/**
 * The optimizer of a network, as the config says.
 * @param definition by default the built-in one that the config names
 * @throws InputError where one of the caller's own makes something else
 */
export function newOptimizer(
  network: Module,
  config: TrainingConfig,
  definition: OptimizerDefinition | undefined = optimizerNamed(config.optim.name),
): Optimizer {
  const { name, nesterov, beta1, beta2, epsilon, logits, options } = config.optim;
  if (definition === undefined) throw new InputError(`optim.name: expected a built-in optimizer, found ${name}`);
  const scales = new Set([...network.namedSearchedWeights()].map(([layer]) => `${layer}.scale`));
  const parameters = [...network.namedParameters()].map(([name, tensor]) => ({
    ...{ name, tensor },
    ...settingsOf(name, tensor, scales, config),
  }));
  const searched = [...network.namedSearchedWeights()].map(([, weight]) => weight);
  const made = definition.create({
    parameters,
    searched,
    logits,
    momentum: config.momentum,
    options: { nesterov, beta1, beta2, epsilon, ...options },
  });
  return optimizerNamed(definition.name) === definition
    ? made
    : checkedOptimizer(made, definition.name, { parameters: parameters.length, logits: searched.length });
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
