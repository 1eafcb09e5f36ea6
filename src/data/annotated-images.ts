import { basename, join } from "node:path";
import { look, readWhole } from "../system/file-access.js";
import { quote } from "../text/describe.js";
import { InputError } from "../text/errors.js";
import { FileList } from "./file-list.js";
import { listFolder } from "./folder-entries.js";

const annotationsName = "val_annotations.txt";
const imagesName = "images";

/**
 * Whether a validation folder is Tiny-ImageNet's: all images in `images/`, their classes in `val_annotations.txt`.
 * False if the images have been sorted into class folders and only the text file is left.
 */
export function isAnnotated(split: string): boolean {
  if (look(join(split, annotationsName))?.isFile() !== true) return false;
  const { folders } = listFolder(split);
  return folders.length === 1 && folders[0] === imagesName;
}

/**
 * Lists the images of Tiny-ImageNet's validation folder, by class and then by name.
 *
 * A line of `val_annotations.txt` holds, separated by tabs, a file's name, its class and a box, which is not read.
 *
 * @param split the folder for which `isAnnotated` holds
 * @param classNames name of each class by label
 * @throws InputError naming the line that is not a name and a class, names a missing file, a file named before or an
 *   unknown class; or naming an image without a line
 */
export function listAnnotated(split: string, classNames: readonly string[]): FileList {
  const annotations = join(split, annotationsName);
  const folder = join(split, imagesName);
  const { images } = listFolder(folder);
  const labels = new Map(classNames.map((name, label) => [name, label]));
  const labelOf = new Map<string, number>();
  const present = new Set(images);

  const lines = Buffer.from(readWhole(annotations)).toString("utf8").split("\n");
  lines.forEach((line, index) => {
    if (line.trim() === "") return;
    const fail = (problem: string) => new InputError(`${annotations}: line ${index + 1}: ${problem}`);
    const [name, className] = line.replace(/\r$/, "").split("\t");
    if (name === undefined || className === undefined) throw fail("expected a file and its class, separated by a tab");
    // The listing has no name with a slash, so no line can point outside the folder.
    if (!present.has(name)) throw fail(`expected an image of ${folder}, found ${quote(name)}`);
    if (labelOf.has(name)) throw fail(`expected each image once, found ${name} again`);
    const label = labels.get(className);
    if (label === undefined) {
      throw fail(`expected one of the ${labels.size} classes of the training split, found ${quote(className)}`);
    }
    labelOf.set(name, label);
  });

  const byLabel = classNames.map((): string[] => []);
  for (const name of images) {
    const label = labelOf.get(name);
    if (label === undefined) {
      throw new InputError(`${join(folder, name)}: expected a line for it in ${basename(annotations)}, found none`);
    }
    byLabel[label]?.push(name);
  }
  const files = new FileList();
  byLabel.forEach((names, label) => {
    files.add(folder, names, label);
  });
  if (files.count === 0) throw new InputError(`${folder}: expected images, found none`);
  return files;
}
