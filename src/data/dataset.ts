/** The images and labels of one part of a data set, whole in memory. */
export interface ImageSplit {
  /** Number of images, N. */
  readonly count: number;
  /** Pixels as bytes 0 … 255, `[N, C, H, W]`, row-major: image by image, then channel by channel. */
  readonly images: Uint8Array;
  /** Class of each image, `[N]`, in 0 … numClasses − 1. */
  readonly labels: Int32Array;
}

/** A classification data set of small RGB images; `numClasses` is `classNames.length`. */
export interface ImageDataset {
  readonly name: string;
  /** Name of each class, by label. */
  readonly classNames: readonly string[];
  readonly channels: 3;
  /** H, pixels. */
  readonly height: number;
  /** W, pixels. */
  readonly width: number;
  /** Mean of each channel over the training images, as fractions of 255. */
  readonly mean: readonly number[];
  /** Standard deviation of each channel over the training images, as fractions of 255. */
  readonly std: readonly number[];
  /** Zero-padding of the random crop on each side, pixels. */
  readonly cropPadding: number;
  /** Whether a mirrored training image keeps its class, so that random horizontal flips are used. */
  readonly flip: boolean;
  readonly train: ImageSplit;
  readonly val: ImageSplit;
}
