import { InputError } from "../errors.js";
import { addInPlace } from "../tensor/arithmetic.js";
import { noGrad } from "../tensor/autograd.js";
import { ones, zeros } from "../tensor/create.js";
import { batchNorm, batchNormAdd, batchNormRelu } from "../tensor/normalization.js";
import type { Tensor } from "../tensor/tensor.js";
import { type Mode, Module } from "./module.js";

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

  override forward(input: Tensor, mode: Mode): Tensor {
    this.#begin(input, mode);
    return batchNorm(input, this, mode === "train", { group: this.#group });
  }

  /** max(forward(input) + residual, 0), faster than its parts. */
  forwardRelu(input: Tensor, mode: Mode, residual: Tensor | null = null): Tensor {
    this.#begin(input, mode);
    return batchNormRelu(input, residual, this, mode === "train", { group: this.#group, parts: this.batchParts });
  }

  /** forward(input) + residual, computed as `forwardRelu` is: the same bits with any number of threads. */
  forwardAdd(input: Tensor, mode: Mode, residual: Tensor | null = null): Tensor {
    this.#begin(input, mode);
    return batchNormAdd(input, residual, this, mode === "train", { group: this.#group, parts: this.batchParts });
  }

  #begin({ shape }: Tensor, mode: Mode): void {
    if (mode !== "train") return;
    const [images = 0, , height = 0, width = 0] = shape;
    if (images * height * width === 1 && this.#group === null) {
      throw new InputError(
        "batch size: expected at least 2 images in each training batch, since the network's maps shrink to a pixel, of " +
          "which one image gives no batch statistics, found a batch of 1",
      );
    }
    noGrad(() => addInPlace(this.#batchesTracked, 1));
  }
}

/** Makes every batch normalization of a network take its statistics over all processes of a group. */
export function synchronizeBatchNorms(network: Module, group: number): void {
  for (const [, module] of network.namedModules()) if (module instanceof BatchNorm2d) module.synchronize(group);
}
