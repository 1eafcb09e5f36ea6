import { describeValue } from "../text/describe.js";
import { InputError } from "../text/errors.js";
import { checkDataset } from "./check-dataset.js";
import type { ImageDataset, ImageSplit, ImageValues } from "./dataset.js";

/** An image, `[C, H, W]` row-major as bytes or numbers, and its class. */
export interface Sample {
  readonly image: ArrayLike<number>;
  readonly label: number;
}

/** Images one after the other, `[N, C, H, W]`, and their classes `[N]`; or what yields them one by one, at any pace. */
export type SampleSource =
  | { readonly images: ImageValues; readonly labels: ArrayLike<number> }
  | Iterable<Sample>
  | AsyncIterable<Sample>;

export interface ArraysOptions {
  /** How runs call the data. */
  readonly name: string;
  /** Name of each class, by label. */
  readonly classNames: readonly string[];
  /** `[C, H, W]` of every image; of features without a place `[F, 1, 1]`. */
  readonly shape: readonly [channels: number, height: number, width: number];
  readonly train: SampleSource;
  /** None where images are held out of the training ones (`valSplit`). */
  readonly val?: SampleSource;
  /** Whether samples that are yielded are bytes 0 … 255, the default, or numbers of any range. */
  readonly values?: "bytes" | "numbers";
  /** Zero-padding of the random crop, pixels; 0 by default. */
  readonly cropPadding?: number;
  /** Whether training images are mirrored at random; not by default. */
  readonly flip?: boolean;
}

/**
 * Makes a data set of arrays, or of what a generator yields, which is read to its end; mean and standard deviation of
 * each channel are those of the training images.
 * @throws InputError naming the part and the sample whose size or label is wrong
 */
export async function fromArrays(options: ArraysOptions): Promise<ImageDataset> {
  const { name, classNames, shape, values = "bytes", cropPadding = 0, flip = false } = options;
  const [channels, height, width] = shape;
  const size = channels * height * width;
  const read = (part: "train" | "val") => readSource(options[part] ?? [], { size, values, where: `${name}: ${part}` });
  const [train, val] = [await read("train"), await read("val")];
  const moments = momentsOf(train, channels, height * width);
  const data = { kind: "memory", name, classNames, channels, height, width, ...moments, cropPadding, flip, train, val };
  return checkDataset(data, name) as ImageDataset;
}

interface Reading {
  /** Values of an image. */
  readonly size: number;
  readonly values: "bytes" | "numbers";
  /** Data set and part, for messages. */
  readonly where: string;
}

async function readSource(source: SampleSource, reading: Reading): Promise<ImageSplit> {
  if ("images" in source) {
    const { images, labels } = source;
    return { count: labels.length, images, labels: Int32Array.from(labels) };
  }
  const { size, values, where } = reading;
  const chunks: ImageValues[] = [];
  const labels: number[] = [];
  for await (const { image, label } of source) {
    const place = `${where}: sample ${labels.length}`;
    if (image?.length !== size) {
      throw new InputError(`${place}: image: expected ${size} values, found ${image?.length ?? describeValue(image)}`);
    }
    if (!Number.isInteger(label))
      throw new InputError(`${place}: label: expected an integer, found ${describeValue(label)}`);
    chunks.push(values === "bytes" ? Uint8Array.from(image) : Float32Array.from(image));
    labels.push(label);
  }
  const images = values === "bytes" ? new Uint8Array(size * labels.length) : new Float32Array(size * labels.length);
  chunks.forEach((chunk, index) => {
    images.set(chunk, index * size);
  });
  return { count: labels.length, images, labels: Int32Array.from(labels) };
}

/** Mean and standard deviation of each channel, of bytes as fractions of 255; a channel that never changes has a deviation of 1. */
function momentsOf({ images, count }: ImageSplit, channels: number, pixels: number) {
  const unit = images instanceof Uint8Array ? 255 : 1;
  const sums = new Float64Array(channels);
  const squares = new Float64Array(channels);
  for (let index = 0; index < images.length; index++) {
    const channel = Math.floor(index / pixels) % channels;
    const value = (images[index] ?? 0) / unit;
    sums[channel] = (sums[channel] ?? 0) + value;
    squares[channel] = (squares[channel] ?? 0) + value * value;
  }
  const each = Math.max(1, count * pixels);
  const mean = [...sums].map((sum) => sum / each);
  const std = mean.map((value, channel) => Math.sqrt(Math.max(0, (squares[channel] ?? 0) / each - value ** 2)) || 1);
  return { mean, std };
}
