import { loadTransforms } from "../config/transform.js";
import { type BatchSources, openBatchSources } from "../data/batch-sources.js";
import { checkDataset } from "../data/check-dataset.js";
import type { Dataset, ImageFolder } from "../data/dataset.js";
import type { DataSource, DatasetDefinition, Part } from "../data/definition.js";
import { firstSize } from "../data/images/first-size.js";
import type { ImageTransforms } from "../data/images/transforms/transform.js";
import { checkedDefinition, loadDefinition } from "../data/load-definition.js";
import { checkPath, downloadDataset } from "../data/registry.js";
import { holdOut } from "../data/val-split.js";
import type { RunSettings } from "../run/settings.js";
import type { MemoryFormat } from "../tensor/shape.js";
import { InputError } from "../text/errors.js";
import type { Note, PlaceOptions } from "./options.js";

/** The built-in data set is the same for every run: seeds of runs are compared on equal data. */
const DATASET_SEED = 0;

/** Names of bad images that are reported; of the rest only the number. */
const MAX_NAMED_IMAGES = 20;

/** Finds what a name, a file or an object of the caller's stands for. Throws InputError where that is no data set. */
export async function resolveData(given: string | DataSource): Promise<DataSource> {
  if (typeof given === "string") return loadDefinition(given);
  if (typeof given === "object" && given !== null && "kind" in given) return checkDataset(given, "`data`");
  return checkedDefinition(given, "`data`");
}

/**
 * The data set that a run recorded, by its name or from its file.
 * @throws InputError where the file is not there, or exports another data set
 */
export async function recordedData(
  { dataset, datasetFile }: Pick<RunSettings, "dataset" | "datasetFile">,
  note: Note,
): Promise<DataSource> {
  if (datasetFile === null) return loadDefinition(dataset);
  const definition = await loadDefinition(datasetFile.path);
  if (definition.name !== dataset) {
    throw new InputError(
      `${datasetFile.path}: name: expected ${dataset}, as the run recorded, found ${definition.name}`,
    );
  }
  const sha256 = definition.file?.sha256 ?? "";
  if (sha256 !== datasetFile.sha256) {
    note(
      `${datasetFile.path} has changed since the run began: SHA-256 ${datasetFile.sha256.slice(0, 12)}… then, ${sha256.slice(0, 12)}… now`,
    );
  }
  return definition;
}

/** What data a run works on. */
export type DataSettings = Pick<RunSettings, "dataset" | "path" | "transforms" | "workers" | "onBadImage" | "valSplit">;

/** Where data come from that are not there yet, and who hears of it. */
export type DownloadOptions = Pick<PlaceOptions, "download" | "downloadUrl" | "onDownload">;

/**
 * Reads the transforms that were named, or those of images in files; `null`: as the data set itself says. Throws
 * InputError.
 */
export function resolveTransforms(
  { data, transforms }: { readonly data: DataSource; readonly transforms?: string },
  note: Note,
): ImageTransforms | null {
  const own = "kind" in data ? (data.kind === "files" ? "imagenet" : undefined) : data.transforms;
  const named = transforms ?? own;
  return named === undefined ? null : loadTransforms(named, note);
}

/** What is wanted of a data set besides its settings. */
export interface DataNeeds {
  /** Whether nothing is trained: then only the images that are evaluated are loaded. */
  readonly isEvaluation: boolean;
  /** The classes that the model was trained on, by label. */
  readonly classNames?: readonly string[];
}

/**
 * Opens a data set, or uses the given one; downloads it first on request, and holds out images.
 * @throws InputError for a path or files that are wrong, for more held-out images than there are, and where there are
 *   no validation images
 */
export async function loadData(
  given: DataSource,
  { path, valSplit }: Pick<DataSettings, "path" | "valSplit">,
  options: DownloadOptions,
  { isEvaluation, classNames }: DataNeeds,
): Promise<Dataset> {
  const { download, downloadUrl: url, onDownload = () => undefined } = options;
  if (url !== undefined && !download) throw new InputError("`downloadUrl`: expected `download` with it");
  if (download) {
    if ("kind" in given) throw new InputError("`download`: expected the name of a data set, found the data");
    if (path === null) throw new InputError("`download`: expected `path`, the folder to download into");
    await downloadDataset(given, path, { ...(url !== undefined && { url }), onProgress: onDownload });
  }
  // Held-out images are training images.
  const trained: readonly Part[] = isEvaluation && valSplit === null ? [] : ["train"];
  const parts: readonly Part[] = valSplit === null ? [...trained, "val"] : trained;
  const whole = "kind" in given ? given : await openDefinition(given, path ?? undefined, { parts, classNames });
  for (const part of parts) {
    if (whole[part].count > 0) continue;
    const hint = part === "val" ? "; `valSplit` holds out training images" : "";
    const kind = part === "val" ? "validation" : "training";
    throw new InputError(`data set ${whole.name}: expected ${kind} images, found none${hint}`);
  }
  return valSplit === null ? whole : holdOut(whole, valSplit);
}

async function openDefinition(
  definition: DatasetDefinition,
  path: string | undefined,
  { parts, classNames }: { readonly parts: readonly Part[]; readonly classNames: readonly string[] | undefined },
): Promise<Dataset> {
  checkPath(definition, path);
  return definition.open({ path, seed: DATASET_SEED, parts, classNames });
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

/** A part that is not used is empty, and has the other's size. */
async function firstSizes({ train, val }: ImageFolder, transforms: ImageTransforms) {
  return {
    train: await firstSize(train.count > 0 ? train : val, transforms.train),
    val: await firstSize(val.count > 0 ? val : train, transforms.val),
  };
}
