import { div, sub } from "../tensor/arithmetic.js";
import { fromTypedArray } from "../tensor/create.js";
import { contiguous, indexSelect, type MemoryFormat, sendToDevice } from "../tensor/shape.js";
import { scope, type Tensor } from "../tensor/tensor.js";
import type { Batch, BatchSource, BatchStream } from "./batch-source.js";
import type { ImageDataset } from "./dataset.js";

/** A split of numbers in memory, which are normalized once, (x − mean)/std, and then only taken by position. */
export class NumberBatches implements BatchSource {
  readonly count: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly mayLeaveOut = false;
  readonly #values: Tensor;
  readonly #labels: Tensor;
  readonly #memoryFormat: MemoryFormat;
  readonly #device: string;

  constructor(
    { channels, height, width, mean, std }: ImageDataset,
    { count, images, labels }: { readonly count: number; readonly images: Float32Array; readonly labels: Int32Array },
    { memoryFormat, device }: { readonly memoryFormat: MemoryFormat; readonly device: string },
  ) {
    this.count = count;
    this.channels = channels;
    this.height = height;
    this.width = width;
    const perChannel = (values: readonly number[]) => fromTypedArray(Float32Array.from(values), [1, channels, 1, 1]);
    this.#values = scope(() => {
      const raw = fromTypedArray(images, [count, channels, height, width]);
      return div(sub(raw, perChannel(mean)), perChannel(std));
    });
    this.#labels = fromTypedArray(BigInt64Array.from(labels, BigInt), [count]);
    this.#memoryFormat = memoryFormat;
    this.#device = device;
  }

  open(batches: Iterable<Int32Array>): BatchStream {
    const remaining = batches[Symbol.iterator]();
    return {
      next: async () => {
        const { value: positions } = remaining.next();
        if (!positions) return null;
        return { count: positions.length, skipped: 0, tensors: () => this.#batch(positions) };
      },
      close: () => undefined,
    };
  }

  #batch(positions: Int32Array): Batch {
    const indices = fromTypedArray(BigInt64Array.from(positions, BigInt), [positions.length]);
    const images = contiguous(indexSelect(this.#values, 0, indices), this.#memoryFormat);
    return {
      images: sendToDevice(images, this.#device),
      labels: sendToDevice(indexSelect(this.#labels, 0, indices), this.#device),
    };
  }
}
