import type { Tensor } from "../tensor/tensor.js";

/** Part of an optimizer's state: a tensor for each parameter, and one for each searched weight's logits, in their order. */
export interface OptimizerSlot {
  /** What follows a parameter's name in a checkpoint: `conv1.weight.momentum`. */
  readonly name: string;
  readonly parameters: readonly Tensor[];
  readonly logits: readonly Tensor[];
}

/** What moves a network's parameters and the logits of its searched weights. */
export interface Optimizer {
  /** Its whole state, but the number of steps. */
  readonly slots: readonly OptimizerSlot[];
  /** The number of steps so far, int64 `[]`, where it matters; else `null`. */
  readonly steps: Tensor | null;
  /** Clears all gradients. Call it before each backward pass that should not accumulate. */
  clearGradients(): void;
  /** Updates everything that has a gradient. */
  step(learningRate: number): void;
}

/** Settings of one parameter. */
export interface ParameterSettings {
  /** Its learning rate as a multiple of the step's. */
  readonly lrScale: number;
  /** λ ≥ 0. */
  readonly weightDecay: number;
}

/** A searched weight, as optimizers see it. */
export interface SearchedLogits {
  /** Its values, in whose gradient a backward pass leaves ∂L/∂w. */
  readonly weight: Tensor;
  /** a. */
  readonly logits: Tensor;
  /** m, of the shape of a. */
  readonly momentum: Tensor;
  /** c: scales the gradient of the logits so that the weights move as fast as those of a float layer. */
  readonly floatGradientScale: number;
  /** ∂L/∂a; `null` before a backward pass. */
  logitGradient(): Tensor | null;
  /** A step of SGD from ∂L/∂w, in one pass over memory. */
  step(settings: { readonly learningRate: number; readonly momentum: number; readonly weightDecay: number }): void;
}
