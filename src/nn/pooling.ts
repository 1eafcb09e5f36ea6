// Poolings of images as modules, for `Sequential`.
import { adaptiveAvgPool2d, avgPool2d, maxPool2d } from "../tensor/pooling.js";
import type { Tensor } from "../tensor/tensor.js";
import { type Mode, Module } from "./module.js";

export interface PoolOptions {
  /** The kernel's side by default. */
  readonly stride?: number;
  readonly padding?: number;
}

/** The maximum of every k × k window, see `maxPool2d`. */
export class MaxPool2d extends Module {
  readonly #kernel: number;
  readonly #options: PoolOptions;

  constructor(kernel: number, options: PoolOptions = {}) {
    super();
    this.#kernel = kernel;
    this.#options = options;
  }

  override forward(input: Tensor, _mode: Mode): Tensor {
    return maxPool2d(input, this.#kernel, this.#options);
  }
}

/** The mean of every k × k window, zeros around the image counted, see `avgPool2d`. */
export class AvgPool2d extends Module {
  readonly #kernel: number;
  readonly #options: PoolOptions;

  constructor(kernel: number, options: PoolOptions = {}) {
    super();
    this.#kernel = kernel;
    this.#options = options;
  }

  override forward(input: Tensor, _mode: Mode): Tensor {
    return avgPool2d(input, this.#kernel, this.#options);
  }
}

/** Means over a grid of that many cells, height by width, of images of any size; one by default: the whole image. */
export class AdaptiveAvgPool2d extends Module {
  readonly #size: number | readonly [number, number];

  constructor(size: number | readonly [number, number] = 1) {
    super();
    this.#size = size;
  }

  override forward(input: Tensor, _mode: Mode): Tensor {
    return adaptiveAvgPool2d(input, this.#size);
  }
}
