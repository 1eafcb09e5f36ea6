import { fromTypedArray } from "../tensor/create.js";
import { tensorOperator } from "../tensor/operator.js";
import { contiguous, indexSelect, type MemoryFormat } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import type { ImageDataset, ImageSplit } from "./dataset.js";

const cropFlipNormalize = tensorOperator("weight_search::crop_flip_normalize");

/** How images are changed at random when a batch is made; `null` where they are only normalised. */
export interface Augmentation {
  readonly seed: number;
  /** Another epoch places every crop anew. */
  readonly epoch: number;
}

export interface Batch {
  /** Normalised images, float32 `[B, C, H, W]`. */
  readonly images: Tensor;
  /** Classes, int64 `[B]`. */
  readonly labels: Tensor;
}

/**
 * A split as tensors, from which batches are made in one native pass: random crop out of the zero-padded image, random
 * horizontal flip, (byte/255 − mean)/std. Where a crop lies depends on (seed, epoch, image) alone, not on the batch or
 * on threads.
 */
export class BatchSource {
  readonly count: number;
  readonly #images: Tensor;
  readonly #labels: Tensor;
  readonly #dataset: ImageDataset;
  readonly #memoryFormat: MemoryFormat;

  constructor(dataset: ImageDataset, split: ImageSplit, memoryFormat: MemoryFormat) {
    const { channels, height, width } = dataset;
    this.count = split.count;
    this.#images = fromTypedArray(split.images, [split.count, channels, height, width], { share: true });
    this.#labels = fromTypedArray(BigInt64Array.from(split.labels, BigInt), [split.count]);
    this.#dataset = dataset;
    this.#memoryFormat = memoryFormat;
  }

  /** The images at the given positions of the split. */
  batch(positions: Int32Array, augmentation: Augmentation | null): Batch {
    const { mean, std, cropPadding, flip } = this.#dataset;
    const indices = fromTypedArray(BigInt64Array.from(positions, BigInt), [positions.length]);
    const images =
      augmentation === null
        ? cropFlipNormalize(this.#images, indices, mean, std, 0, false, 0, 0)
        : cropFlipNormalize(this.#images, indices, mean, std, cropPadding, flip, augmentation.seed, augmentation.epoch);
    return { images: contiguous(images, this.#memoryFormat), labels: indexSelect(this.#labels, 0, indices) };
  }
}
