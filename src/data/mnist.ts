import { join } from "node:path";
import { readIdx } from "../formats/idx.js";
import { look, readWhole } from "../system/file-access.js";
import { makeDirectory } from "../system/make-directory.js";
import { InputError } from "../text/errors.js";
import type { ImageDataset, ImageSplit } from "./dataset.js";
import type { DatasetDefinition, DatasetDownloadOptions, OpenOptions, Part } from "./definition.js";
import { downloadFile } from "./download.js";

const SIDE = 28;
const CLASSES = 10;
const EMPTY: ImageSplit<Uint8Array> = { count: 0, images: new Uint8Array(0), labels: new Int32Array(0) };
/** More than ten times MNIST, unpacked. */
const MAX_BYTES = 2 ** 30;

/** A mirror that TensorFlow and others use; the files of the original page, http://yann.lecun.com/exdb/mnist/ */
const MIRROR = "https://storage.googleapis.com/cvdf-datasets/mnist/";

/** A file of the official page, compressed by gzip; the files without `.gz` are the same, unpacked. */
interface OfficialFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Images and labels of the two parts. */
const FILES: Readonly<Record<Part, { readonly images: OfficialFile; readonly labels: OfficialFile }>> = {
  train: {
    images: {
      name: "train-images-idx3-ubyte.gz",
      bytes: 9_912_422,
      sha256: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    },
    labels: {
      name: "train-labels-idx1-ubyte.gz",
      bytes: 28_881,
      sha256: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    },
  },
  val: {
    images: {
      name: "t10k-images-idx3-ubyte.gz",
      bytes: 1_648_877,
      sha256: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    },
    labels: {
      name: "t10k-labels-idx1-ubyte.gz",
      bytes: 4_542,
      sha256: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    },
  },
};

/**
 * Loads MNIST, 60,000 training and 10,000 test images of handwritten digits, 28 × 28 grey pixels, into memory.
 *
 * Its idx files may be raw or compressed by gzip, in the folder itself or in `raw` or `MNIST/raw` below it, where
 * torchvision puts them. Mean and standard deviation are those of the training images. Training crops out of 2 pixels
 * of padding and never mirrors.
 *
 * Source: LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition", 1998.
 *
 * @throws InputError naming the file: missing, damaged, of another size, or with a label past 9
 */
export function loadMnist(directory: string, parts: readonly Part[] = ["train", "val"]): ImageDataset<Uint8Array> {
  const split = (part: Part) => (parts.includes(part) ? loadSplit(directory, part) : EMPTY);
  return {
    kind: "memory",
    name: "mnist",
    classNames: Array.from({ length: CLASSES }, (_, digit) => String(digit)),
    channels: 1,
    height: SIDE,
    width: SIDE,
    mean: [0.1307],
    std: [0.3081],
    cropPadding: 2,
    flip: false,
    train: split("train"),
    val: split("val"),
  };
}

function loadSplit(directory: string, part: Part): ImageSplit<Uint8Array> {
  const [imagesPath, labelsPath] = [findFile(directory, FILES[part].images), findFile(directory, FILES[part].labels)];
  const images = readIdx(readWhole(imagesPath), imagesPath, 3, MAX_BYTES);
  const labels = readIdx(readWhole(labelsPath), labelsPath, 1, MAX_BYTES);
  const [count = 0, height, width] = images.shape;
  if (height !== SIDE || width !== SIDE || count === 0) {
    throw new InputError(
      `${imagesPath}: expected images of ${SIDE} × ${SIDE}, found shape ${images.shape.join(" × ")}`,
    );
  }
  if (labels.shape[0] !== count) {
    throw new InputError(
      `${labelsPath}: expected ${count} labels, one for each image of ${imagesPath}, found ${labels.shape[0]}`,
    );
  }
  const wrong = labels.data.findIndex((label) => label >= CLASSES);
  if (wrong >= 0) {
    throw new InputError(`${labelsPath}: label ${wrong}: expected 0 to ${CLASSES - 1}, found ${labels.data[wrong]}`);
  }
  return { count, images: images.data, labels: Int32Array.from(labels.data) };
}

/** Where a file may lie, raw or compressed, the preferred place first. */
function placesOf(directory: string, { name }: OfficialFile): string[] {
  const folders = [directory, join(directory, "raw"), join(directory, "MNIST", "raw")];
  return folders.flatMap((folder) => [join(folder, name.replace(/\.gz$/, "")), join(folder, name)]);
}

function findFile(directory: string, file: OfficialFile): string {
  const found = placesOf(directory, file).find((path) => look(path)?.isFile());
  if (found !== undefined) return found;
  throw new InputError(
    `${directory}: expected MNIST's file ${file.name}, raw or compressed, found none; \`download\` gets it`,
  );
}

async function download(directory: string, { url, ...options }: DatasetDownloadOptions): Promise<void> {
  makeDirectory(directory);
  for (const part of ["train", "val"] as const) {
    for (const file of Object.values(FILES[part])) {
      if (placesOf(directory, file).some((path) => look(path)?.isFile())) continue;
      const folder = url === undefined ? MIRROR : url.replace(/\/?$/, "/");
      await downloadFile({ ...file, url: `${folder}${file.name}` }, join(directory, file.name), options);
    }
  }
}

export const mnist = {
  name: "mnist",
  files: "the folder of MNIST's idx files",
  open: ({ path = ".", parts }: OpenOptions) => loadMnist(path, parts),
  download,
} satisfies DatasetDefinition;
