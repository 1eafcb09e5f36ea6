import { addInPlace, copyInto } from "../tensor/arithmetic.js";
import { noGrad } from "../tensor/autograd.js";
import { ones, zeros, zerosLike } from "../tensor/create.js";
import { type BatchNormState, batchNorm, batchNormAdd, batchNormRelu } from "../tensor/normalization.js";
import { scope, type Tensor } from "../tensor/tensor.js";
import { InputError } from "../text/errors.js";
import { type Mode, Module } from "./module.js";

/** How far running statistics move towards a batch's in training. */
const MOMENTUM = 0.1;

/**
 * Batch normalization of `[N, C, H, W]` by channel, see `batchNorm`: momentum 0.1, ε 1e-5, γ = 1, β = 0 at first.
 *
 * In training it throws InputError for a single image of 1 × 1 pixels, which has no statistics.
 */
export class BatchNorm2d extends Module {
  readonly weight: Tensor;
  readonly bias: Tensor;
  readonly runningMean: Tensor;
  readonly runningVar: Tensor;
  readonly #batchesTracked: Tensor;
  /** The processes whose images make up a batch in training, by their group's number; `null`: this one's alone. */
  #group: number | null = null;
  /** What moves in training where soft weights have statistics of their own; `null`: there is one state. */
  #soft: BatchNormState | null = null;

  constructor(channels: number) {
    super();
    this.weight = this.parameter("weight", ones([channels]));
    this.bias = this.parameter("bias", zeros([channels]));
    this.runningMean = this.buffer("running_mean", zeros([channels]));
    this.runningVar = this.buffer("running_var", ones([channels]));
    this.#batchesTracked = this.buffer("num_batches_tracked", zeros([], "int64"));
  }

  /** From now on the batch statistics of training are those of all processes of a group; see `batchNorm`. */
  synchronize(group: number): void {
    this.#group = group;
  }

  /**
   * From now on training moves statistics of its own, `soft_running_mean` and `soft_running_var`, which are training's alone; the running ones
   * move in mode `observe`. γ and β are shared.
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

  /** max(forward(input) + residual, 0), faster than its parts. */
  forwardRelu(input: Tensor, mode: Mode, residual: Tensor | null = null): Tensor {
    const momentum = this.#begin(input, mode);
    const options = { momentum, group: this.#group, parts: this.reductionChunks };
    return batchNormRelu(input, residual, this.#state(mode), mode !== "eval", options);
  }

  /** forward(input) + residual, computed as `forwardRelu` is: the same bits with any number of threads. */
  forwardAdd(input: Tensor, mode: Mode, residual: Tensor | null = null): Tensor {
    const momentum = this.#begin(input, mode);
    const options = { momentum, group: this.#group, parts: this.reductionChunks };
    return batchNormAdd(input, residual, this.#state(mode), mode !== "eval", options);
  }

  /** Running mean 0, running variance 1, of no batches: what `calibrate` begins with. */
  resetStatistics(): void {
    scope(() =>
      noGrad(() => {
        copyInto(this.runningMean, zerosLike(this.runningMean));
        copyInto(this.runningVar, addInPlace(zerosLike(this.runningVar), 1));
        copyInto(this.#batchesTracked, zerosLike(this.#batchesTracked));
      }),
    );
  }

  /** Counts a batch; returns how far the running statistics move towards its: of the n-th one 1/n, where their mean is taken. */
  #begin({ shape }: Tensor, mode: Mode): number {
    if (mode === "eval") return MOMENTUM;
    const [images = 0, , height = 0, width = 0] = shape;
    if (images * height * width === 1 && this.#group === null) {
      throw new InputError(
        "batch size: expected at least 2 images in each training batch, since the network's maps shrink to a pixel, of " +
          "which one image gives no batch statistics, found a batch of 1",
      );
    }
    // Of those that the number stands beside.
    if (this.#state(mode) === this) noGrad(() => addInPlace(this.#batchesTracked, 1));
    return mode === "calibrate" ? 1 / this.#batchesTracked.item() : MOMENTUM;
  }

  #state(mode: Mode): BatchNormState {
    return mode === "train" && this.#soft !== null ? this.#soft : this;
  }
}

/** Makes every batch normalization of a network keep the statistics of soft weights apart; before it is moved to a device. */
export function keepSoftStatistics(network: Module): void {
  for (const [, module] of network.namedModules()) if (module instanceof BatchNorm2d) module.keepSoftStatistics();
}

/** Resets the running statistics of every batch normalization of a network. */
export function resetStatistics(network: Module): void {
  for (const [, module] of network.namedModules()) if (module instanceof BatchNorm2d) module.resetStatistics();
}

/** Makes every batch normalization of a network take its statistics over all processes of a group. */
export function synchronizeBatchNorms(network: Module, group: number): void {
  for (const [, module] of network.namedModules()) if (module instanceof BatchNorm2d) module.synchronize(group);
}
