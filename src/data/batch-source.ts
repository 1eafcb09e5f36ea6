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
  /**
   * Starts a pass over the images at these positions, `batchSize` at a time and the rest at last. How an image is
   * changed depends on (seed, epoch, position) alone: not on batches, threads or processes.
   */
  open(order: Int32Array, batchSize: number, augmentation: Augmentation | null): BatchStream;
}

/** The positions of each batch: `size` at a time, the rest at last. */
export function* batchesOf(order: Int32Array, size: number): Generator<Int32Array> {
  for (let first = 0; first < order.length; first += size) yield order.subarray(first, first + size);
}
