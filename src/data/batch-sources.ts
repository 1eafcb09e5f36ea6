import { availableParallelism } from "node:os";
import type { MemoryFormat } from "../tensor/shape.js";
import { InputError } from "../text/errors.js";
import type { BatchSource } from "./batch-source.js";
import { cropFlipNormalize } from "./crop-flip-normalize.js";
import type { Dataset, ImageDataset, ImageFiles, ImageSplit } from "./dataset.js";
import { normalization, outputSize } from "./images/apply.js";
import { ImageBatches, type SplitImages } from "./images/image-batches.js";
import type { Size } from "./images/transforms/size.js";
import type { ImageTransforms } from "./images/transforms/transform.js";
import { ImageWorkerPool } from "./images/worker-pool.js";
import { type CropFlipNormalize, MemoryBatches } from "./memory-batches.js";
import { NumberBatches } from "./number-batches.js";

export interface BatchSourcesOptions {
  /** Transforms of the images; `null` uses those that an in-memory data set declares itself. */
  readonly transforms: ImageTransforms | null;
  /** Required size of image files whose size the transforms do not fix (`firstSize`). */
  readonly imageSizes?: { readonly train: Size | null; readonly val: Size | null };
  /** Worker threads that decode and transform images; small images in memory need none. */
  readonly workers: number;
  /** Called for every unreadable image; `null` makes the first one an error. */
  readonly onBadImage: ((problem: string) => void) | null;
  readonly memoryFormat: MemoryFormat;
  readonly device: string;
}

/** The training and the validation split of a data set, as sources of batches. */
export interface BatchSources {
  readonly train: BatchSource;
  readonly val: BatchSource;
  /** Whether worker threads prepare the images; in-memory images that one native pass can prepare need none. */
  readonly usesWorkers: boolean;
  /** Ends the threads. */
  close(): Promise<void>;
}

/** Number of decoding threads for a number of cores: one core is left to the training thread. */
export function defaultWorkers(cores = availableParallelism()): number {
  return Math.max(1, Math.min(8, cores - 1));
}

/**
 * Prepares a data set for training and validation.
 * @throws InputError when the transforms do not fit the images
 */
export function openBatchSources(dataset: Dataset, options: BatchSourcesOptions): BatchSources {
  const { transforms } = options;
  if (dataset.kind === "memory") {
    const { train, val } = dataset;
    if (!isBytes(train) || !isBytes(val)) return ofNumbers(dataset, options);
    const onePass = transforms === null ? ownPreparation(dataset) : cropFlipNormalize(transforms, dataset);
    if (onePass !== null) {
      return {
        train: new MemoryBatches(dataset, train, onePass, options),
        val: new MemoryBatches(dataset, val, onePass, options),
        usesWorkers: false,
        close: async () => undefined,
      };
    }
  }
  if (transforms === null) {
    throw new InputError(`data set ${dataset.name}: its images are in files: expected \`transforms\` with it`);
  }
  return throughWorkers(dataset, transforms, options);
}

function isBytes(split: ImageDataset["train"]): split is ImageSplit<Uint8Array> {
  return split.images instanceof Uint8Array;
}

function ofNumbers(dataset: ImageDataset, options: BatchSourcesOptions): BatchSources {
  if (options.transforms !== null) {
    throw new InputError(
      `${options.transforms.file}: expected images of bytes, found data set ${dataset.name}, which has numbers; transforms are for images`,
    );
  }
  const source = (part: "train" | "val") => {
    const { count, labels, images } = dataset[part];
    const numbers = images instanceof Float32Array ? images : Float32Array.from(images);
    return new NumberBatches(dataset, { count, labels, images: numbers }, options);
  };
  return { train: source("train"), val: source("val"), usesWorkers: false, close: async () => undefined };
}

function ownPreparation(dataset: ImageDataset): { train: CropFlipNormalize; val: CropFlipNormalize } {
  return { train: dataset, val: { ...dataset, cropPadding: 0, flip: false } };
}

function throughWorkers(dataset: Dataset, transforms: ImageTransforms, options: BatchSourcesOptions): BatchSources {
  if (dataset.kind === "memory" && dataset.channels !== 1 && dataset.channels !== 3) {
    throw new InputError(
      `${transforms.file}: expected images of 1 or 3 channels, found data set ${dataset.name} of ${dataset.channels}`,
    );
  }
  const sizeOf = (split: "train" | "val") => {
    const imageSize = dataset.kind === "memory" ? dataset : (options.imageSizes?.[split] ?? null);
    return outputSize(transforms[split], imageSize, `${transforms.file}: ${split}`);
  };
  const sizes = { train: sizeOf("train"), val: sizeOf("val") };
  const pool = new ImageWorkerPool(options.workers, transforms);
  const source = (split: "train" | "val") => {
    const images =
      dataset.kind === "memory" ? inMemory(dataset, dataset[split] as ImageSplit<Uint8Array>) : inFiles(dataset[split]);
    return new ImageBatches(images, {
      ...options,
      ...sizes[split],
      ...normalization(transforms[split]),
      split,
      pool,
    });
  };
  return { train: source("train"), val: source("val"), usesWorkers: true, close: () => pool.close() };
}

function inFiles(files: ImageFiles): SplitImages {
  return {
    count: files.count,
    labels: files.labels,
    image: (position) => ({ position, path: files.path(position) }),
  };
}

function inMemory(
  { channels, height, width }: ImageDataset,
  { count, labels, images }: ImageSplit<Uint8Array>,
): SplitImages {
  const imageBytes = channels * height * width;
  return {
    count,
    labels,
    image: (position) => ({
      position,
      // A copy: posting a view to a thread would send its whole buffer.
      pixels: images.slice(position * imageBytes, (position + 1) * imageBytes),
      channels,
      height,
      width,
    }),
  };
}
