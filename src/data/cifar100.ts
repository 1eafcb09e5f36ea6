import { CIFAR100_FORMAT } from "../formats/cifar-batch.js";
import { downloadCifar, type OfficialArchive } from "./cifar-download.js";
import { type CifarVersion, loadCifar } from "./cifar-files.js";
import type { ImageDataset } from "./dataset.js";
import type { DatasetDefinition, DatasetDownloadOptions, OpenOptions, Part } from "./definition.js";

/** The 100 fine classes by label, in the order of `fine_label_names.txt`. */
const knownNames = [
  "apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly",
  "camel can castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup",
  "dinosaur dolphin elephant flatfish forest fox girl hamster house kangaroo keyboard",
  "lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle mountain mouse mushroom",
  "oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine possum",
  "rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake spider squirrel",
  "streetcar sunflower sweet_pepper table tank telephone television tiger tractor train trout tulip turtle",
  "wardrobe whale willow_tree wolf woman worm",
].flatMap((line) => line.split(" "));

/** The constants of CIFAR-100; mean and standard deviation are the usual ones. */
export const cifar100: CifarVersion = {
  name: "cifar100",
  title: "CIFAR-100",
  format: CIFAR100_FORMAT,
  layouts: [
    {
      encoding: "binary",
      folder: "cifar-100-binary",
      trainFiles: ["train.bin"],
      valFile: "test.bin",
      namesFile: "fine_label_names.txt",
    },
    {
      encoding: "python",
      folder: "cifar-100-python",
      trainFiles: ["train"],
      valFile: "test",
      namesFile: "meta",
    },
  ],
  trainFileRecords: 50_000,
  valFileRecords: 10_000,
  maxFileBytes: 512 * 2 ** 20,
  mean: [0.5071, 0.4865, 0.4409],
  std: [0.2673, 0.2564, 0.2762],
  knownNames,
};

const archive: OfficialArchive = {
  version: cifar100,
  fileName: "cifar-100-binary.tar.gz",
  bytes: 168_513_733,
  sha256: "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
};

/**
 * Loads CIFAR-100, 50,000 training and 10,000 test images of 32 × 32 pixels in 100 (fine) classes, into memory
 * as bytes (184 MB).
 *
 * Source: Krizhevsky, "Learning multiple layers of features from tiny images", 2009, and
 * https://www.cs.toronto.edu/~kriz/cifar.html
 *
 * @param directory where the binary or the Python files are, or the folder that the archive unpacks to
 * @param parts those to load; the others are left empty
 * @throws InputError naming the file, what was expected and what was found, as `loadCifar` does
 */
export function loadCifar100(directory: string, parts?: readonly Part[]): ImageDataset<Uint8Array> {
  return loadCifar(cifar100, directory, parts);
}

/** CIFAR-100 by its name. */
export const cifar100Dataset = {
  name: "cifar100",
  files: "the folder of CIFAR-100's files",
  open: ({ path = ".", parts }: OpenOptions) => loadCifar100(path, parts),
  download: (directory: string, options: DatasetDownloadOptions) => downloadCifar(archive, directory, options),
} satisfies DatasetDefinition;
