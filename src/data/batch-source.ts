import type { Tensor } from "../tensor/tensor.js";

/** How images are changed at random when a batch is made; `null` where they are only prepared, as for validation. */
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

/** A batch that is ready but for its tensors, which are made in the scope of whoever takes them. */
export interface PreparedBatch {
  /** Images in it, B. */
  readonly count: number;
  /** Images that could not be read and were left out: there may be no other. */
  readonly skipped: number;
  /** Makes the tensors. To be called once. */
  tensors(): Batch;
}

/** The batches of one pass, made ahead of their use as far as that pays. */
export interface BatchStream {
  /** The next batch; `null` after the last one. Throws InputError for an image that cannot be read, unless such are skipped. */
  next(): Promise<PreparedBatch | null>;
  /** Gives up what was made ahead. To be called when a pass ends early; harmless after the last batch. */
  close(): void;
}

/** One part of a data set, from which passes take batches. */
export interface BatchSource {
  /** Number of images. */
  readonly count: number;
  /** Height and width of the images in a batch, pixels. */
  readonly height: number;
  readonly width: number;
  /** Whether images that cannot be read are left out, so that a batch may come out smaller. */
  readonly mayLeaveOut: boolean;
  /**
   * Starts a pass over batches of images, given by their positions. How an image is changed depends on (seed, epoch, position)
   * alone: not on batches, threads or processes.
   */
  open(batches: Iterable<Int32Array>, augmentation: Augmentation | null): BatchStream;
}

/** Images of a batch that every process that shares in it needs at the least. */
const MIN_IMAGES = 2;

/**
 * How many batches `batchesOf` makes of `count` images: the rest is a batch of its own, but for one of less than two images for each
 * process that shares in it, which joins the batch before. Training needs that: a single image has no batch statistics where a
 * network's maps are 1 × 1, as ResNet-18's are for 32 × 32 pixels. Evaluation does the same, to no effect.
 */
export function batchCount(count: number, size: number, processes = 1): number {
  const whole = Math.floor(count / size);
  const rest = count % size;
  return rest === 0 || (rest < MIN_IMAGES * processes && whole > 0) ? whole : whole + 1;
}

/** The positions of each batch, `batchCount` of them: `size` at a time and the rest at last. */
export function* batchesOf(order: Int32Array, size: number, processes = 1): Generator<Int32Array> {
  const count = batchCount(order.length, size, processes);
  for (let batch = 0; batch < count; batch++) {
    yield order.subarray(batch * size, batch === count - 1 ? order.length : (batch + 1) * size);
  }
}

/** The positions that the first `batches` batches of `order` hold: all of it where there are no more batches. */
export function firstBatches(order: Int32Array, size: number, batches: number, processes = 1): Int32Array {
  return batches < batchCount(order.length, size, processes) ? order.subarray(0, batches * size) : order;
}
