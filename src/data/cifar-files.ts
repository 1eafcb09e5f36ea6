import type { Stats } from "node:fs";
import { basename, join } from "node:path";
import {
  type BatchFormat,
  type BatchTarget,
  cifarImageBytes,
  readBinaryBatch,
  readPickledBatch,
  readPickledNames,
  readTextNames,
  recordBytes,
  sizeError,
} from "../formats/cifar-batch.js";
import { look, readWhole } from "../system/file-access.js";
import { InputError } from "../text/errors.js";
import type { ImageDataset, ImageSplit } from "./dataset.js";
import type { Part } from "./definition.js";

const homePage = "https://www.cs.toronto.edu/~kriz/cifar.html";

/** One of the two forms in which the official page offers a data set. */
export interface CifarLayout {
  readonly encoding: "binary" | "python";
  /** The folder that unpacking makes. */
  readonly folder: string;
  readonly trainFiles: readonly string[];
  readonly valFile: string;
  readonly namesFile: string;
}

/** What differs between CIFAR-10 and CIFAR-100. */
export interface CifarVersion extends Pick<ImageDataset, "name" | "mean" | "std"> {
  /** The name in messages, such as "CIFAR-10". */
  readonly title: string;
  readonly format: BatchFormat;
  readonly layouts: readonly CifarLayout[];
  /** Images of a training file and of the validation file. */
  readonly trainFileRecords: number;
  readonly valFileRecords: number;
  /** No file of any layout is larger; Python 3 under protocol 2 needs 1.5 bytes for one of the image. */
  readonly maxFileBytes: number;
  /** Class names if the names file is missing. */
  readonly knownNames: readonly string[];
}

/** A layout and where its files are. */
interface Place {
  readonly layout: CifarLayout;
  readonly folder: string;
}

/** A batch file of a place, and its number of images. */
interface BatchFile {
  readonly path: string;
  readonly records: number;
  /** Its size in bytes, if the format fixes it. */
  readonly bytes: number | undefined;
}

/**
 * Loads CIFAR-10 or CIFAR-100 into memory as bytes, from the binary or the Python files of the official page, in
 * `directory` itself or in the folder that the archive unpacks to.
 *
 * Of several such places, the one with the most complete files is read. Class names come from the names file if there
 * is one.
 *
 * @param parts those to load: the files of the others need not be there, and they are left empty
 * @throws InputError naming the file, what was expected and what was found: no such folder or files, a file of the
 *   wrong size or unreadable, a label past the last class, anything but data in a pickle
 */
export function loadCifar(
  version: CifarVersion,
  directory: string,
  parts: readonly Part[] = ["train", "val"],
): ImageDataset<Uint8Array> {
  const place = findPlace(version, directory, parts);
  const files = partFiles(version, place);
  for (const part of parts) for (const file of files[part]) checkBatchFile(version, file);
  const split = (part: Part) => loadSplit(version, place, parts.includes(part) ? files[part] : []);
  return {
    kind: "memory",
    name: version.name,
    classNames: loadNames(version, place),
    channels: 3,
    height: 32,
    width: 32,
    mean: version.mean,
    std: version.std,
    cropPadding: 4,
    flip: true,
    train: split("train"),
    val: split("val"),
  };
}

/**
 * Whether all batch files are where `loadCifar` would read them, and have the right size where it is known.
 *
 * @throws InputError if `directory` is a file or cannot be read
 */
export function hasCifar(version: CifarVersion, directory: string): boolean {
  checkDirectory(version, directory);
  return places(version, directory).some((place) => Object.values(partFiles(version, place)).flat().every(isWhole));
}

function findPlace(version: CifarVersion, directory: string, parts: readonly Part[]): Place {
  const exists = checkDirectory(version, directory);
  const candidates = places(version, directory);
  const scores = candidates.map((place) => {
    const byPart = partFiles(version, place);
    const files = parts.flatMap((part) => byPart[part]);
    const found = files.filter(({ path }) => look(path) !== undefined).length;
    return found + files.filter(isWhole).length;
  });
  const most = Math.max(...scores);
  const best = candidates[scores.indexOf(most)];
  if (best !== undefined && most > 0) return best;
  const sample = ({ trainFiles, valFile }: CifarLayout) => (parts.includes("train") ? trainFiles[0] : valFile) ?? "";
  const looked = candidates.map(({ layout, folder }) => join(folder, sample(layout))).join(", ");
  const problem = exists ? "found none there" : "found no such folder";
  throw new InputError(
    `${directory}: expected ${version.title}'s files, ${problem}; looked for ${looked}; download them from ${homePage}`,
  );
}

/** Whether the folder exists; InputError if there is a file in its place. */
function checkDirectory({ title }: CifarVersion, directory: string): boolean {
  const found = look(directory);
  if (found !== undefined && !found.isDirectory()) {
    const advice = /\.(tar|t?gz|zip)$/.test(directory) ? "unpack it and give the folder" : "give the folder it is in";
    throw new InputError(`${directory}: expected the folder of ${title}'s files, found a file; ${advice}`);
  }
  return found !== undefined;
}

function places({ layouts }: CifarVersion, directory: string): Place[] {
  return layouts.flatMap((layout) => [
    { layout, folder: directory },
    { layout, folder: join(directory, layout.folder) },
  ]);
}

/** The files of each part. */
function partFiles(version: CifarVersion, { layout, folder }: Place): Readonly<Record<Part, readonly BatchFile[]>> {
  const file = (name: string, records: number): BatchFile => ({
    path: join(folder, name),
    records,
    bytes: layout.encoding === "binary" ? records * recordBytes(version.format) : undefined,
  });
  return {
    train: layout.trainFiles.map((name) => file(name, version.trainFileRecords)),
    val: [file(layout.valFile, version.valFileRecords)],
  };
}

function isWhole({ path, bytes }: BatchFile): boolean {
  const found = look(path);
  return found?.isFile() === true && found.size > 0 && (bytes === undefined || found.size === bytes);
}

/** Checks that a batch file exists, is a file and has the right size, before any is read. */
function checkBatchFile(version: CifarVersion, { path, records, bytes }: BatchFile): void {
  const found = look(path);
  if (found === undefined) {
    throw new InputError(`${path}: expected a file of ${version.title}, found none; get it from ${homePage}`);
  }
  if (found.isFile() && bytes !== undefined && found.size !== bytes) {
    throw sizeError(path, version.format, records, found.size);
  }
  checkFile(version, path, found);
}

function checkFile({ maxFileBytes }: CifarVersion, path: string, found: Stats): void {
  if (!found.isFile()) {
    const kind = found.isDirectory() ? "a folder" : "something that is not a file";
    throw new InputError(`${path}: expected the file ${basename(path)}, found ${kind}`);
  }
  if (found.size > maxFileBytes) {
    throw new InputError(`${path}: expected at most ${maxFileBytes} bytes, found ${found.size}`);
  }
}

function loadNames(version: CifarVersion, { layout, folder }: Place): string[] {
  const path = join(folder, layout.namesFile);
  const found = look(path);
  if (found === undefined) return [...version.knownNames];
  checkFile(version, path, found);
  const readNames = layout.encoding === "binary" ? readTextNames : readPickledNames;
  return readNames(readWhole(path), path, version.format);
}

function loadSplit({ format }: CifarVersion, { layout }: Place, files: readonly BatchFile[]): ImageSplit<Uint8Array> {
  const count = files.reduce((sum, { records }) => sum + records, 0);
  const images = new Uint8Array(count * cifarImageBytes);
  const labels = new Int32Array(count);
  const readBatch = layout.encoding === "binary" ? readBinaryBatch : readPickledBatch;
  let start = 0;
  for (const { path, records } of files) {
    const end = start + records;
    const target: BatchTarget = {
      images: images.subarray(start * cifarImageBytes, end * cifarImageBytes),
      labels: labels.subarray(start, end),
    };
    readBatch(readWhole(path), path, format, target);
    start = end;
  }
  return { count, images, labels };
}
