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
export type { BatchMix } from "../data/batch-transforms/batch-mix.js";
export type { CutMixArgs } from "../data/batch-transforms/cutmix.js";
export type { MixUpArgs } from "../data/batch-transforms/mixup.js";
export type { BatchTransform } from "../data/batch-transforms/registry.js";
export type { Dataset, ImageDataset, ImageFiles, ImageFolder, ImageSplit, ImageValues } from "../data/dataset.js";
export type { DataSource, DatasetDefinition, DatasetDownloadOptions, OpenOptions, Part } from "../data/definition.js";
export type { DownloadOptions } from "../data/download.js";
export { fingerprint } from "../data/fingerprint.js";
export { type ArraysOptions, fromArrays, type Sample, type SampleSource } from "../data/from-arrays.js";
export type { AffineInterpolation } from "../data/images/affine.js";
export type { Interpolation } from "../data/images/resample.js";
export type { AugmentPixels } from "../data/images/transforms/augment-operation.js";
export type { ColorJitter } from "../data/images/transforms/color-jitter.js";
export type { CenterCrop, RandomCrop } from "../data/images/transforms/crop.js";
export type { Cutout } from "../data/images/transforms/cutout.js";
export type { RandomHorizontalFlip } from "../data/images/transforms/flip.js";
export type { Grayscale, RandomGrayscale } from "../data/images/transforms/grayscale.js";
export type { PerChannel } from "../data/images/transforms/normalization.js";
export type { RandAugment } from "../data/images/transforms/rand-augment.js";
export type { RandomErasing } from "../data/images/transforms/random-erasing.js";
export type { RandomResizedCrop } from "../data/images/transforms/random-resized-crop.js";
export type { RandomRotation } from "../data/images/transforms/random-rotation.js";
export type { Resize } from "../data/images/transforms/resize.js";
export type { Size } from "../data/images/transforms/size.js";
export type { Normalize, ToTensor } from "../data/images/transforms/to-tensor.js";
export type { ImageTransform, ImageTransforms, PixelTransform } from "../data/images/transforms/transform.js";
export type { TrivialAugmentWide } from "../data/images/transforms/trivial-augment-wide.js";
export type { Padding, PaddingMode } from "../data/images/views.js";
export { loadDefinition } from "../data/load-definition.js";
export { downloadDataset, loadDataset } from "../data/registry.js";
export { makeSynthetic, type SyntheticOptions } from "../data/synthetic.js";
export { heldOutCount, heldOutPositions, holdOut } from "../data/val-split.js";
export type { UserFile } from "../system/user-module.js";
