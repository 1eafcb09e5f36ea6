import type { Module } from "../nn/module.js";
import type { BatchPlace } from "../run/progress.js";
import { copyInto } from "../tensor/arithmetic.js";
import { noGrad } from "../tensor/autograd.js";
import { zerosLike } from "../tensor/create.js";
import { norm } from "../tensor/reduce.js";
import { stack, to } from "../tensor/shape.js";
import { scope, type Tensor } from "../tensor/tensor.js";

/**
 * Reaction to a NaN or infinite loss: end the run; skip the step; or return to the last checkpoint and continue without
 * that batch.
 */
export type OnNan = "stop" | "skip" | "rollback";

/** The Euclidean norms of a trained tensor (of a searched layer, its logits) and of the gradient of its last step. */
export interface LayerNorm {
  readonly name: string;
  readonly value: number;
  /** Of a searched layer ∂L/∂w; `null` before the first step. */
  readonly gradient: number | null;
}

/** The loss or the network is no longer finite: the run cannot continue. */
export class DivergedError extends Error {
  override readonly name = "DivergedError";
  readonly place: BatchPlace;
  readonly layers: readonly LayerNorm[];

  /** @param place the batch that it was noticed with */
  constructor(message: string, place: BatchPlace, layers: readonly LayerNorm[]) {
    super(message);
    this.place = place;
    this.layers = layers;
  }
}

/** The norms of everything trained, in the network's order. */
export function layerNorms(network: Module): LayerNorm[] {
  // In float64: of numbers that are finite, the squares are too.
  const wide = (x: Tensor) => norm(to(x, "float64")).item();
  const norms = (name: string, value: Tensor, gradient: Tensor | null): LayerNorm =>
    scope(() => noGrad(() => ({ name, value: wide(value), gradient: gradient === null ? null : wide(gradient) })));
  return scope(() => [
    ...[...network.namedParameters()].map(([name, parameter]) => norms(name, parameter, parameter.grad)),
    ...[...network.namedSearchedWeights()].map(([layer, { logits, weight }]) =>
      norms(`${layer}.alpha`, logits, weight.grad),
    ),
  ]);
}

/** √Σ‖g‖² over the gradients of everything trained: not finite as soon as one of their elements is not. */
export function gradientNorm(network: Module): number {
  return scope(() =>
    noGrad(() => {
      const norms = [...network.namedLeaves()].flatMap(([, { grad }]) => (grad === null ? [] : [norm(grad)]));
      return norms.length === 0 ? 0 : norm(stack(norms)).item();
    }),
  );
}

/**
 * Keeps a network's buffers, such as running batch statistics, as they were before a step that may have to be undone.
 */
export class BufferCopy {
  readonly #pairs: readonly (readonly [buffer: Tensor, copy: Tensor])[];

  constructor(network: Module) {
    this.#pairs = noGrad(() =>
      [...network.namedBuffers(), ...network.namedTrainingBuffers()].map(([, buffer]) => [buffer, zerosLike(buffer)]),
    );
  }

  /** Copies the buffers as they are. */
  take(): void {
    noGrad(() => {
      for (const [buffer, copy] of this.#pairs) copyInto(copy, buffer);
    });
  }

  /** Puts the buffers back. */
  restore(): void {
    noGrad(() => {
      for (const [buffer, copy] of this.#pairs) copyInto(buffer, copy);
    });
  }

  release(): void {
    for (const [, copy] of this.#pairs) copy.release();
  }
}
