import type { ImageDataset } from "./dataset.js";
import { normalization, outputSize } from "./images/apply.js";
import type { ImageTransform, ImageTransforms } from "./images/transforms/transform.js";
import type { CropFlipNormalize } from "./memory-batches.js";

type NamedTransform<Name extends ImageTransform["name"]> = Extract<ImageTransform, { name: Name }>;

/**
 * What the native one-pass preparation of RGB images in memory has to do for these transforms, or `null` where they
 * are more than it can: a RandomCrop of the image's own size with one zero padding, a RandomHorizontalFlip of one half,
 * ToTensor, Normalize, each at most once and in this order.
 */
export function cropFlipNormalize(
  transforms: ImageTransforms,
  dataset: ImageDataset,
): { train: CropFlipNormalize; val: CropFlipNormalize } | null {
  // A transform's means are three: images of other channels become RGB first.
  if (dataset.channels !== 3) return null;
  const train = onePass(transforms.train, dataset, `${transforms.file}: train`);
  const val = onePass(transforms.val, dataset, `${transforms.file}: val`);
  return train === null || val === null || val.cropPadding > 0 || val.flip ? null : { train, val };
}

const ORDER: readonly ImageTransform["name"][] = ["RandomCrop", "RandomHorizontalFlip", "ToTensor", "Normalize"];

function onePass(
  transforms: readonly ImageTransform[],
  dataset: ImageDataset,
  place: string,
): CropFlipNormalize | null {
  const places = transforms.map(({ name }) => ORDER.indexOf(name));
  const isInOrder = places.every((place, index) => place >= 0 && (index === 0 || place > (places[index - 1] ?? 0)));
  if (!isInOrder) return null;
  const size = outputSize(transforms, dataset, place);
  const crop = transforms.find(
    (transform): transform is NamedTransform<"RandomCrop"> => transform.name === "RandomCrop",
  );
  const flip = transforms.find(
    (transform): transform is NamedTransform<"RandomHorizontalFlip"> => transform.name === "RandomHorizontalFlip",
  );
  const padding = crop === undefined ? 0 : zeroPadding(crop);
  if (size.height !== dataset.height || size.width !== dataset.width || padding === null) return null;
  if (flip !== undefined && flip.p !== 0.5) return null;
  return { cropPadding: padding, flip: flip !== undefined, ...normalization(transforms) };
}

/** The same number of zeros on every side; `null` for any other padding. */
function zeroPadding(crop: NamedTransform<"RandomCrop">): number | null {
  const { padding, padIfNeeded, paddingMode, fill } = crop;
  const isZero = paddingMode === "constant" && fill.every((value) => value === 0);
  const isEven = [padding.top, padding.right, padding.bottom].every((side) => side === padding.left);
  return isZero && isEven && !padIfNeeded ? padding.left : null;
}
