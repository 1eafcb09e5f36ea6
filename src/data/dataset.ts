/** What images in memory are made of: bytes, or numbers of any range. */
export type ImageValues = Uint8Array | Float32Array;

/** The images and labels of one split of a data set, in memory. */
export interface ImageSplit<Values extends ImageValues = ImageValues> {
  /** Number of images, N. */
  readonly count: number;
  /**
   * Pixels as bytes 0 … 255, `[N, C, H, W]`, row-major: image by image, then channel by channel. Or numbers of any
   * range, such as features of a table: F features are F channels of one pixel, `[N, F, 1, 1]`.
   */
  readonly images: Values;
  /** Class of each image, `[N]`, in 0 … numClasses − 1. */
  readonly labels: Int32Array;
}

/** A classification data set of small images in memory; `numClasses` is `classNames.length`. */
export interface ImageDataset<Values extends ImageValues = ImageValues> {
  readonly kind: "memory";
  readonly name: string;
  /** Name of each class, by label. */
  readonly classNames: readonly string[];
  /** C: 3 for red, green and blue, 1 for grey, or any other number. */
  readonly channels: number;
  /** H, pixels. */
  readonly height: number;
  /** W, pixels. */
  readonly width: number;
  /** Mean of each channel over the training images, of bytes as fractions of 255. */
  readonly mean: readonly number[];
  /** Standard deviation of each channel over the training images, of bytes as fractions of 255. */
  readonly std: readonly number[];
  /** Zero-padding of the random crop on each side, pixels. */
  readonly cropPadding: number;
  /** Whether a mirrored training image keeps its class, so that random horizontal flips are used. */
  readonly flip: boolean;
  readonly train: ImageSplit<Values>;
  readonly val: ImageSplit<Values>;
}

/** The image files of one split of a data set, and their labels. */
export interface ImageFiles {
  /** Number of files, N. */
  readonly count: number;
  /** Class of each file, `[N]`, in 0 … numClasses − 1. */
  readonly labels: Int32Array;
  /**
   * Path of file `index`, 0 … count − 1.
   *
   * @throws RangeError for any other index
   */
  path(index: number): string;
}

/** A classification data set of image files of any size; `numClasses` is `classNames.length`. */
export interface ImageFolder {
  readonly kind: "files";
  readonly name: string;
  /** Name of each class, by label. */
  readonly classNames: readonly string[];
  readonly train: ImageFiles;
  readonly val: ImageFiles;
}

/** A data set to train and evaluate on. */
export type Dataset = ImageDataset | ImageFolder;
