import { type Augmentation, type BatchSource, batchesOf } from "../../src/data/batch-source.js";
import { scope } from "../../src/tensor/tensor.js";

/** What a pass gave: its batches' sizes, and every image in order. */
export interface TakenEpoch {
  /** B and the images left out, batch by batch. */
  readonly batches: readonly { readonly count: number; readonly skipped: number }[];
  /** Class and pixels `[C, H, W]` of each image. */
  readonly images: readonly { readonly label: number; readonly pixels: readonly number[] }[];
}

/** Takes the batches of the given positions, all of them by default. */
export async function takeBatches(
  source: BatchSource,
  batchSize: number,
  augmentation: Augmentation | null = null,
  positions: Iterable<number> = Array(source.count).keys(),
): Promise<TakenEpoch> {
  const stream = source.open(batchesOf(Int32Array.from(positions), batchSize), augmentation);
  const batches: { count: number; skipped: number }[] = [];
  const images: { label: number; pixels: number[] }[] = [];
  for (let batch = await stream.next(); batch !== null; batch = await stream.next()) {
    const { count, skipped, tensors } = batch;
    batches.push({ count, skipped });
    scope(() => {
      const made = tensors();
      const pixels = made.images.toArray();
      const imageSize = pixels.length / Math.max(1, count);
      made.labels.toArray().forEach((label, index) => {
        images.push({ label, pixels: pixels.slice(index * imageSize, (index + 1) * imageSize) });
      });
    });
  }
  return { batches, images };
}
