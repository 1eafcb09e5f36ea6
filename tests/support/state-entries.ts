import type { Module } from "../../src/nn/module.js";
import { trainingState } from "../../src/nn/state-dict.js";

/** Shapes by name: what a state dict looks like from outside. */
export type Entries = Record<string, readonly number[]>;

export function shapesOf(module: Module): Entries {
  return Object.fromEntries([...trainingState(module)].map(([name, { shape }]) => [name, shape]));
}

/** The entries of a batch normalization. */
export function batchNorm(name: string, channels: number): Entries {
  const statistics = ["weight", "bias", "running_mean", "running_var"].map((part) => [`${name}.${part}`, [channels]]);
  return { ...Object.fromEntries(statistics), [`${name}.num_batches_tracked`]: [] };
}

/** The entries of a layer's weight: float, or searched over `valueCount` values. */
export function weight(layer: string, shape: readonly number[], valueCount: number | null): Entries {
  if (valueCount === null) return { [`${layer}.weight`]: shape };
  return { [`${layer}.alpha`]: [...shape, valueCount], [`${layer}.qvals`]: [valueCount] };
}
