import { loadTransforms } from "../config/transform.js";
import { type BatchSources, openBatchSources } from "../data/batch-sources.js";
import { downloadDataset } from "../data/cifar-download.js";
import type { Dataset, ImageFolder } from "../data/dataset.js";
import { firstSize } from "../data/images/first-size.js";
import type { ImageTransforms } from "../data/images/transforms/transform.js";
import { loadDataset } from "../data/registry.js";
import { holdOut } from "../data/val-split.js";
import type { RunSettings } from "../run/settings.js";
import type { MemoryFormat } from "../tensor/shape.js";
import { InputError } from "../text/errors.js";
import type { Note, PlaceOptions } from "./options.js";

/** The built-in data set is the same for every run: seeds of runs are compared on equal data. */
const DATASET_SEED = 0;

/** Names of bad images that are reported; of the rest only the number. */
const MAX_NAMED_IMAGES = 20;

/** What data a run works on. */
export type DataSettings = Pick<RunSettings, "dataset" | "path" | "transforms" | "workers" | "onBadImage" | "valSplit">;

/** Where data come from that are not there yet, and who hears of it. */
export type DownloadOptions = Pick<PlaceOptions, "download" | "downloadUrl" | "onDownload">;

/**
 * Reads the transforms that were named, or those of images in files; `null`: as the data set itself says. Throws
 * InputError.
 */
export function resolveTransforms(
  { data, transforms }: { readonly data: string | Dataset; readonly transforms?: string },
  note: Note,
): ImageTransforms | null {
  const isInFiles = typeof data === "string" ? data === "imagenet" || data === "folder" : data.kind === "files";
  const named = transforms ?? (isInFiles ? "imagenet" : undefined);
  return named === undefined ? null : loadTransforms(named, note);
}

/**
 * Loads a data set, or uses the given one; downloads it first on request, and holds out images.
 * @throws InputError for a path or files that are wrong, and for more held-out images than there are
 */
export async function loadData(
  given: string | Dataset,
  { path, valSplit }: Pick<DataSettings, "path" | "valSplit">,
  options: DownloadOptions,
): Promise<Dataset> {
  const { download, downloadUrl: url, onDownload = () => undefined } = options;
  if (url !== undefined && !download) throw new InputError("`downloadUrl`: expected `download` with it");
  if (download) {
    if (typeof given !== "string") throw new InputError("`download`: expected the name of a data set, found the data");
    if (path === null) throw new InputError("`download`: expected `path`, the folder to download into");
    await downloadDataset(given, path, { ...(url !== undefined && { url }), onProgress: onDownload });
  }
  const whole = typeof given === "string" ? loadDataset(given, path ?? undefined, DATASET_SEED) : given;
  return valSplit === null ? whole : holdOut(whole, valSplit);
}

/** Opens both parts of a data set; images that are skipped are named, each once. */
export async function openData(
  dataset: Dataset,
  { transforms, workers, onBadImage }: Pick<DataSettings, "transforms" | "workers" | "onBadImage">,
  place: { readonly memoryFormat: MemoryFormat; readonly device: string },
  skipped: Note,
): Promise<BatchSources> {
  return openBatchSources(dataset, {
    ...place,
    transforms,
    workers,
    onBadImage: onBadImage === "skip" ? skippedImages(skipped) : null,
    ...(dataset.kind === "files" && transforms !== null && { imageSizes: await firstSizes(dataset, transforms) }),
  });
}

function skippedImages(skipped: Note): (problem: string) => void {
  const named = new Set<string>();
  return (problem) => {
    if (named.has(problem)) return;
    named.add(problem);
    if (named.size <= MAX_NAMED_IMAGES) skipped(problem);
    if (named.size === MAX_NAMED_IMAGES) skipped("further images are counted, not named");
  };
}

async function firstSizes({ train, val }: ImageFolder, transforms: ImageTransforms) {
  return { train: await firstSize(train, transforms.train), val: await firstSize(val, transforms.val) };
}
