import { addInPlace, copyInto } from "../tensor/arithmetic.js";
import { noGrad } from "../tensor/autograd.js";
import { ones, zeros, zerosLike } from "../tensor/create.js";
import { type BatchNormState, batchNorm, batchNormAdd, batchNormRelu } from "../tensor/normalization.js";
import { reshape } from "../tensor/shape.js";
import { scope, type Tensor } from "../tensor/tensor.js";
import { InputError } from "../text/errors.js";
import { type Mode, Module } from "./module.js";

/** Weight of a batch in the running statistics. */
const MOMENTUM = 0.1;

/** What batch normalizations of images and of features share. */
class BatchNorm extends Module {
  readonly weight: Tensor;
  readonly bias: Tensor;
  readonly runningMean: Tensor;
  readonly runningVar: Tensor;
  readonly #batchesTracked: Tensor;
  /** Number of the process group over which training statistics are synchronized; `null`: this process alone. */
  #group: number | null = null;
  /** Training statistics where soft weights keep separate ones; `null`: one set of statistics serves both. */
  #soft: BatchNormState | null = null;

  constructor(channels: number) {
    super();
    this.weight = this.parameter("weight", ones([channels]));
    this.bias = this.parameter("bias", zeros([channels]));
    this.runningMean = this.buffer("running_mean", zeros([channels]));
    this.runningVar = this.buffer("running_var", ones([channels]));
    this.#batchesTracked = this.buffer("num_batches_tracked", zeros([], "int64"));
  }

  /** Takes the batch statistics of training over all ranks of a group from now on; see `batchNorm`. */
  synchronize(group: number): void {
    this.#group = group;
  }

  /**
   * Keeps separate running statistics for training from now on, `soft_running_mean` and `soft_running_var`, which only
   * training states hold; the others are updated in mode `observe`. γ and β are shared.
   */
  keepSoftStatistics(): void {
    if (this.#soft !== null) return;
    const { weight, bias } = this;
    const runningMean = this.trainingBuffer("soft_running_mean", zerosLike(this.runningMean));
    const runningVar = this.trainingBuffer(
      "soft_running_var",
      noGrad(() => addInPlace(zerosLike(this.runningVar), 1)),
    );
    this.#soft = { weight, bias, runningMean, runningVar };
  }

  override forward(input: Tensor, mode: Mode): Tensor {
    const momentum = this.#begin(input, mode);
    return batchNorm(input, this.#state(mode), mode !== "eval", { momentum, group: this.#group });
  }

  /** max(forward(input) + residual, 0), fused where possible. */
  forwardRelu(input: Tensor, mode: Mode, residual: Tensor | null = null): Tensor {
    const momentum = this.#begin(input, mode);
    const options = { momentum, group: this.#group, chunks: this.reductionChunks };
    return batchNormRelu(input, residual, this.#state(mode), mode !== "eval", options);
  }

  /** forward(input) + residual, computed as `forwardRelu` is: deterministic for any number of threads. */
  forwardAdd(input: Tensor, mode: Mode, residual: Tensor | null = null): Tensor {
    const momentum = this.#begin(input, mode);
    const options = { momentum, group: this.#group, chunks: this.reductionChunks };
    return batchNormAdd(input, residual, this.#state(mode), mode !== "eval", options);
  }

  /** Resets the running mean to 0, the variance to 1 and the batch count to 0, as `calibrate` needs. */
  resetStatistics(): void {
    scope(() =>
      noGrad(() => {
        copyInto(this.runningMean, zerosLike(this.runningMean));
        copyInto(this.runningVar, addInPlace(zerosLike(this.runningVar), 1));
        copyInto(this.#batchesTracked, zerosLike(this.#batchesTracked));
      }),
    );
  }

  /**
   * Counts a batch; returns its momentum: for the n-th batch of a calibration 1/n, which makes the statistics a mean.
   */
  #begin({ shape }: Tensor, mode: Mode): number {
    if (mode === "eval") return MOMENTUM;
    const [images = 0, , ...pixels] = shape;
    if (pixels.reduce((product, size) => product * size, images) === 1 && this.#group === null) {
      throw new InputError(
        "batch size: expected at least 2 images in each training batch, since the network's maps shrink to a pixel, of " +
          "which one image gives no batch statistics, found a batch of 1",
      );
    }
    // The count belongs to the evaluation statistics.
    if (this.#state(mode) === this) noGrad(() => addInPlace(this.#batchesTracked, 1));
    return mode === "calibrate" ? 1 / this.#batchesTracked.item() : MOMENTUM;
  }

  #state(mode: Mode): BatchNormState {
    return mode === "train" && this.#soft !== null ? this.#soft : this;
  }
}

/**
 * Batch normalization of `[N, C, H, W]` by channel, see `batchNorm`: momentum 0.1, ε 1e-5, initially γ = 1, β = 0.
 *
 * Throws InputError in training for a single image of 1 × 1 pixels, which has no statistics.
 */
export class BatchNorm2d extends BatchNorm {}

/** Batch normalization of features `[N, C]` or sequences `[N, C, L]` by channel, otherwise as `BatchNorm2d`. */
export class BatchNorm1d extends BatchNorm {
  override forward(input: Tensor, mode: Mode): Tensor {
    const [images = 0, channels = 0, length = 1] = input.shape;
    return reshape(super.forward(reshape(input, [images, channels, length, 1]), mode), input.shape);
  }
}

/** Makes every BatchNorm of a network keep separate statistics for soft weights; call it before moving to a device. */
export function keepSoftStatistics(network: Module): void {
  for (const [, module] of network.namedModules()) if (module instanceof BatchNorm) module.keepSoftStatistics();
}

/** Resets the running statistics of every BatchNorm of a network. */
export function resetStatistics(network: Module): void {
  for (const [, module] of network.namedModules()) if (module instanceof BatchNorm) module.resetStatistics();
}

/** Synchronizes the statistics of every BatchNorm of a network over all ranks of a group. */
export function synchronizeBatchNorms(network: Module, group: number): void {
  for (const [, module] of network.namedModules()) if (module instanceof BatchNorm) module.synchronize(group);
}
