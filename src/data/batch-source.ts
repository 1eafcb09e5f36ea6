import type { Tensor } from "../tensor/tensor.js";

/** Keys of the random augmentation of a batch; `null` for none, as in validation. */
export interface Augmentation {
  readonly seed: number;
  /** Each epoch draws new crops. */
  readonly epoch: number;
}

export interface Batch {
  /** Normalised images, float32 `[B, C, H, W]`. */
  readonly images: Tensor;
  /** Classes, int64 `[B]`. */
  readonly labels: Tensor;
}

/** A batch whose tensors are created in the caller's scope. */
export interface PreparedBatch {
  /** Images in it, B. */
  readonly count: number;
  /** Images that could not be read and were left out; they may be all of them. */
  readonly skipped: number;
  /** Creates the tensors. Call it once. */
  tensors(): Batch;
}

/** The batches of one epoch or validation, prefetched where that pays. */
export interface BatchStream {
  /** The next batch; `null` after the last one. Throws InputError for an unreadable image, unless those are skipped. */
  next(): Promise<PreparedBatch | null>;
  /** Drops prefetched batches. Call it when iteration ends early; harmless after the last batch. */
  close(): void;
}

/** One split of a data set, as a source of batches. */
export interface BatchSource {
  /** Number of images. */
  readonly count: number;
  /** Channels of the images in a batch. */
  readonly channels: number;
  /** Height and width of the images in a batch, pixels. */
  readonly height: number;
  readonly width: number;
  /** Whether images that cannot be read are left out, so that a batch may come out smaller. */
  readonly mayLeaveOut: boolean;
  /**
   * Iterates over batches of images, given by their positions. Augmentation depends on (seed, epoch, position) alone,
   * not on batches, threads or processes.
   */
  open(batches: Iterable<Int32Array>, augmentation: Augmentation | null): BatchStream;
}

/** The fewest images of a batch that each process needs. */
const MIN_IMAGES = 2;

/**
 * Number of batches that `batchesOf` makes of `count` images: the remainder is a batch of its own, or joins the batch
 * before if it has fewer than two images per process. Training needs that: a single image has no batch statistics where
 * feature maps are 1 × 1, as ResNet-18's are for 32 × 32 pixels. In evaluation it has no effect.
 */
export function batchCount(count: number, size: number, processes = 1): number {
  const whole = Math.floor(count / size);
  const rest = count % size;
  return rest === 0 || (rest < MIN_IMAGES * processes && whole > 0) ? whole : whole + 1;
}

/** The positions of each of the `batchCount` batches: `size` at a time, then the remainder. */
export function* batchesOf(order: Int32Array, size: number, processes = 1): Generator<Int32Array> {
  const count = batchCount(order.length, size, processes);
  for (let batch = 0; batch < count; batch++) {
    yield order.subarray(batch * size, batch === count - 1 ? order.length : (batch + 1) * size);
  }
}

/** The positions in the first `batches` batches of `order`: all of them if there are no more batches. */
export function firstBatches(order: Int32Array, size: number, batches: number, processes = 1): Int32Array {
  return batches < batchCount(order.length, size, processes) ? order.subarray(0, batches * size) : order;
}
