import { readFileSync, type Stats, statSync } from "node:fs";
import { basename, join } from "node:path";
import { InputError } from "../errors.js";
import {
  type BatchTarget,
  cifarImageBytes,
  readBinaryBatch,
  readPickledBatch,
  readPickledNames,
  readTextNames,
  sizeError,
} from "./cifar10-batch.js";
import type { ImageDataset, ImageSplit } from "./dataset.js";

const homePage = "https://www.cs.toronto.edu/~kriz/cifar.html";
const batchRecords = 10_000;

/** No file of either layout is larger; Python 3 under protocol 2 needs 1.5 bytes for one of the image. */
const maxFileBytes = 128 * 2 ** 20;

const knownNames = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

/** One of the two forms in which the official page offers CIFAR-10. */
interface Layout {
  readonly folder: string;
  readonly trainFiles: readonly string[];
  readonly valFile: string;
  readonly namesFile: string;
  /** Size of every batch file, if it is always the same. */
  readonly batchBytes: number | undefined;
  readonly readBatch: (bytes: Uint8Array, path: string, target: BatchTarget) => void;
  readonly readNames: (bytes: Uint8Array, path: string) => string[];
}

const trainNumbers = [1, 2, 3, 4, 5];

const layouts: readonly Layout[] = [
  {
    folder: "cifar-10-batches-bin",
    trainFiles: trainNumbers.map((number) => `data_batch_${number}.bin`),
    valFile: "test_batch.bin",
    namesFile: "batches.meta.txt",
    batchBytes: batchRecords * (1 + cifarImageBytes),
    readBatch: readBinaryBatch,
    readNames: readTextNames,
  },
  {
    folder: "cifar-10-batches-py",
    trainFiles: trainNumbers.map((number) => `data_batch_${number}`),
    valFile: "test_batch",
    namesFile: "batches.meta",
    batchBytes: undefined,
    readBatch: readPickledBatch,
    readNames: readPickledNames,
  },
];

/**
 * Loads CIFAR-10, 50,000 training and 10,000 test images of 32 × 32 pixels, whole in memory as bytes (184 MB).
 *
 * Reads the binary or the Python files of the official page, in `directory` itself or in the folder that unpacking
 * makes of them; class names come from `batches.meta` where it is there. Mean and standard deviation are the usual
 * constants. Source: Krizhevsky, "Learning multiple layers of features from tiny images", 2009, and
 * https://www.cs.toronto.edu/~kriz/cifar.html
 *
 * @param directory where the files are
 * @throws InputError naming the file, what was expected and what was found: no such folder or files, a file of the
 *   wrong size or unreadable, a label past 9, anything but data in a pickle
 */
export function loadCifar10(directory: string): ImageDataset {
  const { layout, folder } = findLayout(directory);
  for (const file of [...layout.trainFiles, layout.valFile]) checkBatchFile(join(folder, file), layout.batchBytes);
  return {
    name: "cifar10",
    classNames: loadNames(layout, folder),
    channels: 3,
    height: 32,
    width: 32,
    mean: [0.4914, 0.4822, 0.4465],
    std: [0.247, 0.2435, 0.2616],
    cropPadding: 4,
    flip: true,
    train: loadSplit(layout, folder, layout.trainFiles),
    val: loadSplit(layout, folder, [layout.valFile]),
  };
}

/** The place with the most batch files of a layout; one that lacks some is told of when the missing file is read. */
function findLayout(directory: string): { layout: Layout; folder: string } {
  const found = look(directory);
  if (found !== undefined && !found.isDirectory()) {
    const advice = /\.(tar|t?gz|zip)$/.test(directory) ? "unpack it and give the folder" : "give the folder it is in";
    throw new InputError(`${directory}: expected the folder of CIFAR-10's files, found a file; ${advice}`);
  }
  const places = layouts.flatMap((layout) => [
    { layout, folder: directory },
    { layout, folder: join(directory, layout.folder) },
  ]);
  const counts = places.map(({ layout, folder }) => {
    const names = [...layout.trainFiles, layout.valFile];
    return names.filter((name) => look(join(folder, name)) !== undefined).length;
  });
  const most = Math.max(...counts);
  const best = places[counts.indexOf(most)];
  if (best !== undefined && most > 0) return best;
  const looked = places.map(({ layout, folder }) => join(folder, layout.trainFiles[0] ?? "")).join(", ");
  const problem = found === undefined ? "found no such folder" : "found none there";
  throw new InputError(
    `${directory}: expected CIFAR-10's files, ${problem}; looked for ${looked}; they are to be had from ${homePage}`,
  );
}

function loadNames(layout: Layout, folder: string): string[] {
  const path = join(folder, layout.namesFile);
  const found = look(path);
  if (found === undefined) return [...knownNames];
  checkFile(path, found);
  return layout.readNames(readWhole(path), path);
}

function loadSplit(layout: Layout, folder: string, files: readonly string[]): ImageSplit {
  const count = files.length * batchRecords;
  const images = new Uint8Array(count * cifarImageBytes);
  const labels = new Int32Array(count);
  files.forEach((file, index) => {
    const path = join(folder, file);
    const [start, end] = [index * batchRecords, (index + 1) * batchRecords];
    const target = {
      images: images.subarray(start * cifarImageBytes, end * cifarImageBytes),
      labels: labels.subarray(start, end),
    };
    layout.readBatch(readWhole(path), path, target);
  });
  return { count, images, labels };
}

/** Checks that a batch file is there, is a file and has the right size, so that nothing is read in vain. */
function checkBatchFile(path: string, batchBytes: number | undefined): void {
  const found = look(path);
  if (found === undefined) {
    throw new InputError(`${path}: expected a file of CIFAR-10, found none; get it from ${homePage}`);
  }
  if (found.isFile() && batchBytes !== undefined && found.size !== batchBytes) {
    throw sizeError(path, batchBytes, batchRecords, found.size);
  }
  checkFile(path, found);
}

function checkFile(path: string, found: Stats): void {
  if (!found.isFile()) {
    const kind = found.isDirectory() ? "a folder" : "something that is not a file";
    throw new InputError(`${path}: expected the file ${basename(path)}, found ${kind}`);
  }
  if (found.size > maxFileBytes) {
    throw new InputError(`${path}: expected at most ${maxFileBytes} bytes, found ${found.size}`);
  }
}

function readWhole(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** What is at a path, if anything. */
function look(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): InputError {
  return new InputError(`${path}: cannot be read: ${error instanceof Error ? error.message : String(error)}`);
}
