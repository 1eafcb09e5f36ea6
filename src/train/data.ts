import { coresOf, type DataFlags } from "../cli/options/data.js";
import { downloadProgress } from "../cli/terminal/progress.js";
import { loadTransforms } from "../config/transform.js";
import { type BatchSources, defaultWorkers, openBatchSources } from "../data/batch-sources.js";
import { downloadDataset } from "../data/cifar-download.js";
import type { Dataset, ImageFolder } from "../data/dataset.js";
import { firstSize } from "../data/images/first-size.js";
import type { ImageTransforms } from "../data/images/transforms/transform.js";
import { loadDataset } from "../data/registry.js";
import { holdOut } from "../data/val-split.js";
import { note } from "../system/note.js";
import type { MemoryFormat } from "../tensor/shape.js";
import { InputError } from "../text/errors.js";
import { messageLine } from "../text/message-line.js";

/** The built-in data set is the same for every run: seeds of runs are compared on equal data. */
const DATASET_SEED = 0;

/** Names of bad pictures that are printed; of the rest only the number. */
const MAX_NAMED_PICTURES = 20;

/** What data a command works on, every choice made. */
export interface DataSettings {
  readonly dataset: string;
  readonly path: string | null;
  /** How pictures are prepared, and the file that says so; `null`: as the data set itself says. */
  readonly transforms: ImageTransforms | null;
  readonly workers: number;
  readonly onBadImage: "error" | "skip";
  /** Training images that are held out and stand for the validation images, or below 1 the share of them; `null`: none are. */
  readonly valSplit: number | null;
}

/** The data set of a command without `-d`: CIFAR-10 for whoever gives a folder, as in the original program. */
export function defaultDataset({ path, download }: DataFlags): string {
  return path !== undefined || download ? "cifar10" : "synthetic";
}

/**
 * Reads the transforms and fills in the defaults. Throws InputError.
 * @param localProcesses processes of the command on this machine, which share its cores
 */
export function resolveData(flags: DataFlags, localProcesses = 1): DataSettings {
  const dataset = flags.dataset ?? defaultDataset(flags);
  if (flags.downloadUrl !== undefined && !flags.download) {
    throw new InputError("option --download-url: expected --download with it");
  }
  const named = flags.transformJson ?? (dataset === "imagenet" || dataset === "folder" ? "imagenet" : undefined);
  return {
    dataset,
    path: flags.path ?? null,
    transforms: named === undefined ? null : loadTransforms(named, note),
    workers: flags.workers ?? defaultWorkers(coresOf(localProcesses)),
    onBadImage: flags.onBadImage ?? "error",
    valSplit: flags.valSplit ?? null,
  };
}

/**
 * Fetches the data set first where that is asked for, and holds images out. Throws InputError for a path or files that are wrong, and
 * for more held-out images than there are.
 */
export async function loadData(settings: DataSettings, flags: DataFlags): Promise<Dataset> {
  const { dataset, path, valSplit } = settings;
  if (flags.download) {
    if (path === null) throw new InputError("option --download: expected -p/--path, the folder to fetch into");
    const progress = downloadProgress(process.stderr);
    try {
      await downloadDataset(dataset, path, {
        ...(flags.downloadUrl !== undefined && { url: flags.downloadUrl }),
        onProgress: progress.update,
      });
    } finally {
      progress.clear();
    }
  }
  const whole = loadDataset(dataset, path ?? undefined, DATASET_SEED);
  return valSplit === null ? whole : holdOut(whole, valSplit);
}

/** Opens both parts of a data set; pictures to be skipped are named on stderr, each once. */
export async function openData(
  dataset: Dataset,
  { transforms, workers, onBadImage }: DataSettings,
  place: { readonly memoryFormat: MemoryFormat; readonly device: string },
): Promise<BatchSources> {
  const told = new Set<string>();
  const tell = (problem: string) => {
    if (told.has(problem)) return;
    told.add(problem);
    if (told.size <= MAX_NAMED_PICTURES) process.stderr.write(messageLine("skipped", problem));
    if (told.size === MAX_NAMED_PICTURES) process.stderr.write("skipped: further pictures are counted, not named\n");
  };
  return openBatchSources(dataset, {
    ...place,
    transforms,
    workers,
    onBadImage: onBadImage === "skip" ? tell : null,
    ...(dataset.kind === "files" && transforms !== null && { imageSizes: await firstSizes(dataset, transforms) }),
  });
}

async function firstSizes({ train, val }: ImageFolder, transforms: ImageTransforms) {
  return { train: await firstSize(train, transforms.train), val: await firstSize(val, transforms.val) };
}
