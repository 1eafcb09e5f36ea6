import type { UserFile } from "../system/user-module.js";
import type { Dataset } from "./dataset.js";
import type { DownloadOptions } from "./download.js";

/** A part of a data set: its training or its validation images. */
export type Part = "train" | "val";

/** What a data set is opened with. */
export interface OpenOptions {
  /** The folder of its files; missing where the user names none. */
  readonly path?: string | undefined;
  /** For what is drawn at random; the same in every run. */
  readonly seed: number;
  /** The parts that will be used: the others may be left empty, or loaded all the same. */
  readonly parts: readonly Part[];
  /** The classes that a model was trained on, by label, where a trained one is evaluated. */
  readonly classNames?: readonly string[] | undefined;
}

/** Where a download comes from and who hears of it. */
export interface DatasetDownloadOptions extends DownloadOptions {
  /** A mirror of the official address; what it sends is checked all the same. */
  readonly url?: string | undefined;
}

/**
 * A data set: all that any part of the program knows of it. A file of one's own exports one as its default.
 *
 *     export default { name: "digits", open: ({ path }) => readDigits(path) };
 */
export interface DatasetDefinition {
  /** How runs call it: letters, digits, `.`, `_` and `-`. */
  readonly name: string;
  /** What `path` is, for messages; `null`: it takes none; missing: it may be given. */
  readonly files?: string | null;
  /** The transforms of its images by default: a name in json/transform, or a file; missing: the data's own preparation. */
  readonly transforms?: string;
  /** Loads it. Throws InputError, or any error, for files that are wrong. */
  open(options: OpenOptions): Dataset | Promise<Dataset>;
  /** Downloads its files into a folder, unless they are there. */
  download?(directory: string, options: DatasetDownloadOptions): Promise<void>;
  /** The file that exports it; missing for one that is built in or given in a script. */
  readonly file?: UserFile;
}

/** Data as they are, or what opens them. */
export type DataSource = Dataset | DatasetDefinition;
