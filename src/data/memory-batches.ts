import { fromTypedArray } from "../tensor/create.js";
import { tensorOperator } from "../tensor/operator.js";
import { hasCudaKernels } from "../tensor/runtime.js";
import { contiguous, indexSelect, type MemoryFormat, sendToDevice, toDevice } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Augmentation, Batch, BatchSource, BatchStream } from "./batch-source.js";
import type { ImageDataset, ImageSplit } from "./dataset.js";

const cropFlipNormalize = tensorOperator("weight_search::crop_flip_normalize");

/** Preparation of small images in one pass: the usual augmentation of CIFAR-10. */
export interface CropFlipNormalize {
  /** Zero-padding of the random crop on each side, pixels. */
  readonly cropPadding: number;
  /** Mirror half of the images. */
  readonly flip: boolean;
  /** Of each channel, as fractions of 255. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/**
 * A split in memory as tensors, from which batches are made in one native pass: random crop out of the zero-padded
 * image, random horizontal flip, (byte/255 − mean)/std. It takes a thousandth of a training step, so nothing is made
 * ahead.
 *
 * If the addon has CUDA kernels for it, the split is kept on the CUDA device and batches are made there: only positions
 * are sent per batch.
 */
export class MemoryBatches implements BatchSource {
  readonly count: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly mayLeaveOut = false;
  readonly #images: Tensor;
  readonly #labels: Tensor;
  readonly #preparation: { readonly train: CropFlipNormalize; readonly val: CropFlipNormalize };
  readonly #memoryFormat: MemoryFormat;
  readonly #device: string;
  /** Where images and labels lie. */
  readonly #home: string;

  /** @param preparation `train` where a batch is augmented, `val` where it is not */
  constructor(
    { channels, height, width }: ImageDataset,
    split: ImageSplit<Uint8Array>,
    preparation: { readonly train: CropFlipNormalize; readonly val: CropFlipNormalize },
    { memoryFormat, device }: { readonly memoryFormat: MemoryFormat; readonly device: string },
  ) {
    this.count = split.count;
    this.channels = channels;
    this.height = height;
    this.width = width;
    this.#home = device.startsWith("cuda") && hasCudaKernels() ? device : "cpu";
    const images = fromTypedArray(split.images, [split.count, channels, height, width], { share: true });
    const labels = fromTypedArray(BigInt64Array.from(split.labels, BigInt), [split.count]);
    this.#images = toDevice(images, this.#home);
    this.#labels = toDevice(labels, this.#home);
    this.#preparation = preparation;
    this.#memoryFormat = memoryFormat;
    this.#device = device;
  }

  open(batches: Iterable<Int32Array>, augmentation: Augmentation | null): BatchStream {
    const remaining = batches[Symbol.iterator]();
    return {
      next: async () => {
        const { value: positions } = remaining.next();
        if (!positions) return null;
        return { count: positions.length, skipped: 0, tensors: () => this.#batch(positions, augmentation) };
      },
      close: () => undefined,
    };
  }

  #batch(positions: Int32Array, augmentation: Augmentation | null): Batch {
    const { mean, std, cropPadding, flip } = this.#preparation[augmentation === null ? "val" : "train"];
    const indices = sendToDevice(fromTypedArray(BigInt64Array.from(positions, BigInt), [positions.length]), this.#home);
    const images =
      augmentation === null
        ? cropFlipNormalize(this.#images, indices, mean, std, 0, false, 0, 0)
        : cropFlipNormalize(this.#images, indices, mean, std, cropPadding, flip, augmentation.seed, augmentation.epoch);
    return {
      images: sendToDevice(contiguous(images, this.#memoryFormat), this.#device),
      labels: sendToDevice(indexSelect(this.#labels, 0, indices), this.#device),
    };
  }
}
