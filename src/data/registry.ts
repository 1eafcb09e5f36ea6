import { InputError } from "../text/errors.js";
import { didYouMean } from "../text/suggest.js";
import { cifar10Dataset } from "./cifar10.js";
import { cifar100Dataset } from "./cifar100.js";
import type { Dataset } from "./dataset.js";
import type { DatasetDefinition, DatasetDownloadOptions, OpenOptions } from "./definition.js";
import { folder, imagenet } from "./image-folder.js";
import { mnist } from "./mnist.js";
import { synthetic } from "./synthetic.js";

/** One that is built in is opened at once. */
interface BuiltInDataset extends DatasetDefinition {
  open(options: OpenOptions): Dataset;
}

/** The data sets that have a name. */
const datasets: readonly BuiltInDataset[] = [synthetic, cifar10Dataset, cifar100Dataset, mnist, imagenet, folder];

/** Their names. */
export const datasetNames: readonly string[] = datasets.map(({ name }) => name);

/** The data set of a name. Throws InputError, with the nearest name, where there is none. */
export function datasetNamed(name: string): BuiltInDataset {
  const found = datasets.find((dataset) => dataset.name === name);
  if (found !== undefined) return found;
  const hint = didYouMean(name, datasetNames) || ", or a file that exports one: ./data.js";
  throw new InputError(`\`data\`: expected one of ${datasetNames.join(", ")}, found ${JSON.stringify(name)}${hint}`);
}

/**
 * Loads or generates a data set by its name; of image files only the paths are listed.
 *
 * @param name one of `datasetNames`
 * @param path the folder of its files; `synthetic` has none
 * @param seed what `synthetic` is drawn from, a safe integer; others do not depend on it
 * @throws InputError for an unknown name, a missing or superfluous path, or wrong files
 */
export function loadDataset(name: string, path: string | undefined, seed: number): Dataset {
  const dataset = datasetNamed(name);
  checkPath(dataset, path);
  return dataset.open({ path, seed, parts: ["train", "val"] });
}

/** Throws InputError where a data set needs a path and has none, or takes none and has one. */
export function checkPath({ name, files }: DatasetDefinition, path: string | undefined): void {
  if (files === null && path !== undefined) {
    throw new InputError(`\`path\`: expected none for data set ${name}, which has no files, found ${path}`);
  }
  if (typeof files === "string" && path === undefined) {
    throw new InputError(`\`path\`: expected ${files} for data set ${name}, found none`);
  }
}

/**
 * Downloads a data set into `directory`, unless it is there and complete.
 *
 * Called again, it resumes an interrupted download. Only one process may download into a directory at a time.
 *
 * @param data a name, or a definition
 * @param directory created if missing
 * @throws InputError for a data set without a download, and what the download throws
 */
export async function downloadDataset(
  data: string | DatasetDefinition,
  directory: string,
  options: DatasetDownloadOptions = {},
): Promise<void> {
  const dataset = typeof data === "string" ? datasetNamed(data) : data;
  if (dataset.download !== undefined) return dataset.download(directory, options);
  const names = datasets.filter(({ download }) => download !== undefined).map(({ name }) => name);
  throw new InputError(
    `\`download\`: expected data set ${names.slice(0, -1).join(", ")} or ${names.at(-1)}, found ${dataset.name}`,
  );
}
