import { CIFAR10_FORMAT } from "../formats/cifar-batch.js";
import { downloadCifar, type OfficialArchive } from "./cifar-download.js";
import { type CifarVersion, loadCifar } from "./cifar-files.js";
import type { ImageDataset } from "./dataset.js";
import type { DatasetDefinition, DatasetDownloadOptions, OpenOptions, Part } from "./definition.js";

const trainNumbers = [1, 2, 3, 4, 5];

/** The constants of CIFAR-10; mean and standard deviation are the usual ones. */
export const cifar10: CifarVersion = {
  name: "cifar10",
  title: "CIFAR-10",
  format: CIFAR10_FORMAT,
  layouts: [
    {
      encoding: "binary",
      folder: "cifar-10-batches-bin",
      trainFiles: trainNumbers.map((number) => `data_batch_${number}.bin`),
      valFile: "test_batch.bin",
      namesFile: "batches.meta.txt",
    },
    {
      encoding: "python",
      folder: "cifar-10-batches-py",
      trainFiles: trainNumbers.map((number) => `data_batch_${number}`),
      valFile: "test_batch",
      namesFile: "batches.meta",
    },
  ],
  trainFileRecords: 10_000,
  valFileRecords: 10_000,
  maxFileBytes: 128 * 2 ** 20,
  mean: [0.4914, 0.4822, 0.4465],
  std: [0.247, 0.2435, 0.2616],
  knownNames: ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"],
};

const archive: OfficialArchive = {
  version: cifar10,
  fileName: "cifar-10-binary.tar.gz",
  bytes: 170_052_171,
  sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
};

/**
 * Loads CIFAR-10, 50,000 training and 10,000 test images of 32 × 32 pixels in 10 classes, into memory as bytes (184
 * MB).
 *
 * Source: Krizhevsky, "Learning multiple layers of features from tiny images", 2009, and
 * https://www.cs.toronto.edu/~kriz/cifar.html
 *
 * @param directory where the binary or the Python files are, or the folder that the archive unpacks to
 * @param parts those to load; the others are left empty
 * @throws InputError naming the file, what was expected and what was found, as `loadCifar` does
 */
export function loadCifar10(directory: string, parts?: readonly Part[]): ImageDataset<Uint8Array> {
  return loadCifar(cifar10, directory, parts);
}

/** CIFAR-10 by its name. */
export const cifar10Dataset = {
  name: "cifar10",
  files: "the folder of CIFAR-10's files",
  open: ({ path = ".", parts }: OpenOptions) => loadCifar10(path, parts),
  download: (directory: string, options: DatasetDownloadOptions) => downloadCifar(archive, directory, options),
} satisfies DatasetDefinition;
