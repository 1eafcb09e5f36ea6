/**
 * Data sets, and the batches that are made of them.
 * @module
 */

export {
  type Augmentation,
  type Batch,
  type BatchSource,
  type BatchStream,
  batchCount,
  batchesOf,
  firstBatches,
  type PreparedBatch,
} from "../data/batch-source.js";
export {
  type BatchSources,
  type BatchSourcesOptions,
  defaultWorkers,
  openBatchSources,
} from "../data/batch-sources.js";
export type { Dataset, ImageDataset, ImageFiles, ImageFolder, ImageSplit } from "../data/dataset.js";
export { fingerprint } from "../data/fingerprint.js";
export type { ImageTransform, ImageTransforms, PixelTransform } from "../data/images/transforms/transform.js";
export { loadDataset } from "../data/registry.js";
export { makeSynthetic, type SyntheticOptions } from "../data/synthetic.js";
export { heldOutCount, heldOutPositions, holdOut } from "../data/val-split.js";
