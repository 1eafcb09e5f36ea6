import { InputError } from "../text/errors.js";
import type { Dataset, ImageDataset, ImageFiles, ImageSplit } from "./dataset.js";
import { splitMix64 } from "./prng.js";

/** The seed of the order in which images are held out ("held"). */
const ORDER_SEED = 0x68656c64n;

/**
 * How many of `count` training images to hold out: `amount` itself from 1 on; below 1 that fraction of them, rounded.
 * Throws InputError naming `valSplit` and `source`, the data, if that is none or all of them.
 */
export function heldOutCount(count: number, amount: number, source: string): number {
  const images = amount < 1 ? Math.round(amount * count) : amount;
  if (images >= 1 && images < count) return images;
  throw new InputError(
    `\`valSplit\` ${amount}: expected fewer images than the ${count} training images of ${source} and one at least, found ${images}`,
  );
}

/**
 * Positions of the held-out training images, ascending, `[heldOut]`: with h(i) output i of SplitMix64 (`splitMix64`)
 * from a fixed seed, the `heldOut` images of smallest h. The outputs are distinct, so this is a prefix of one
 * permutation, by rising h. It depends neither on the run's seed nor on `count`: two images are ordered the same way in
 * every data set.
 */
export function heldOutPositions(count: number, heldOut: number): Int32Array {
  const keys = BigUint64Array.from({ length: count }, (_, index) => splitMix64(ORDER_SEED, index));
  const least = keys.slice().sort()[heldOut];
  return positionsWhere(count, (index) => least === undefined || (keys[index] ?? 0n) < least);
}

/**
 * The data set with `heldOutCount` of its training images (`heldOutPositions`) held out as its validation split. Its
 * own validation images are not used.
 * @throws InputError naming `valSplit` if none would be left or held out
 */
export function holdOut(dataset: Dataset, amount: number): Dataset {
  const { count } = dataset.train;
  const heldOut = heldOutPositions(count, heldOutCount(count, amount, dataset.name));
  const isHeldOut = new Uint8Array(count);
  for (const position of heldOut) isHeldOut[position] = 1;
  const rest = positionsWhere(count, (index) => isHeldOut[index] === 0);
  return dataset.kind === "memory"
    ? { ...dataset, train: someImages(dataset, rest), val: someImages(dataset, heldOut) }
    : { ...dataset, train: someFiles(dataset.train, rest), val: someFiles(dataset.train, heldOut) };
}

function positionsWhere(count: number, isWanted: (index: number) => boolean): Int32Array {
  const positions = new Int32Array(count);
  let found = 0;
  for (let index = 0; index < count; index++) if (isWanted(index)) positions[found++] = index;
  return positions.slice(0, found);
}

function someLabels({ labels }: ImageSplit | ImageFiles, positions: Int32Array): Int32Array {
  return positions.map((position) => labels[position] ?? 0);
}

function someImages({ train, channels, height, width }: ImageDataset, positions: Int32Array): ImageSplit {
  const imageBytes = channels * height * width;
  const size = positions.length * imageBytes;
  const images = train.images instanceof Uint8Array ? new Uint8Array(size) : new Float32Array(size);
  positions.forEach((position, index) => {
    images.set(train.images.subarray(position * imageBytes, (position + 1) * imageBytes), index * imageBytes);
  });
  return { count: positions.length, images, labels: someLabels(train, positions) };
}

function someFiles(files: ImageFiles, positions: Int32Array): ImageFiles {
  return {
    count: positions.length,
    labels: someLabels(files, positions),
    // Out of range is undefined, which the list itself refuses.
    path: (index) => files.path(positions[index] ?? Number.NaN),
  };
}
