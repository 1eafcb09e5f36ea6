import { basename, dirname, join, resolve } from "node:path";
import { isFolder, look } from "../system/file-access.js";
import { InputError } from "../text/errors.js";
import { isAnnotated, listAnnotated } from "./annotated-images.js";
import { findClasses, firstFolder, listClassFolders } from "./class-folders.js";
import type { ImageFolder } from "./dataset.js";
import type { DatasetDefinition, OpenOptions } from "./definition.js";
import { FileList } from "./file-list.js";
import { listFolders } from "./folder-entries.js";

/** The names of the validation folder, the preferred one first. */
const valNames = ["val", "validation", "valid", "test"];

/**
 * Lists a data set of image files: `train/<class>/…` and `val/<class>/…`, where the second folder may also be called
 * `validation`, `valid` or `test`. Nothing is decoded.
 *
 * ImageNet in torchvision's layout is such a folder. So is Tiny-ImageNet: images are found at any depth, so in
 * `train/<class>/images/`, and `val/images/` is labelled by `val_annotations.txt`. Classes are the folders of `train`,
 * sorted by code point; images have torchvision's extensions and are sorted by folder and name. Labels and order are
 * those of `torchvision.datasets.ImageFolder`, except that hidden files and folders are left out and that every
 * validation class must be a training class. A training class may be missing from the validation split.
 *
 * @param name the data set's name
 * For validation alone `train` need not be there: the classes are then those given, else the folders of the validation
 * folder, which may be `directory` itself.
 *
 * @param directory the folder that has `train` in it
 * @param options `parts`: those to list, the others are left empty; `classNames`: what `train` is expected to have, by label
 * @throws InputError naming the folder or file: missing, unreadable or not a folder; no `train`, no validation folder;
 *   fewer than two classes; a class without images; a validation class that training lacks; a wrong annotation
 */
export function loadImageFolder(
  name: string,
  directory: string,
  { parts = ["train", "val"], classNames: given }: Partial<Pick<OpenOptions, "parts" | "classNames">> = {},
): ImageFolder {
  checkDirectory(directory);
  const train = join(directory, "train");
  const wantsTrain = parts.includes("train");
  if (!wantsTrain && !isFolder(train)) return validationAlone(name, directory, given);
  if (!isFolder(train)) {
    throw new InputError(`${directory}: expected folders train and ${orList(valNames)}, ${withoutTrain(directory)}`);
  }
  const wantsVal = parts.includes("val");
  const val = wantsVal ? firstFolder(directory, valNames) : undefined;
  if (wantsVal && val === undefined) {
    throw new InputError(`${directory}: expected a folder ${orList(valNames)} beside train, found none`);
  }
  const classNames = findClasses(train);
  if (classNames.length < 2) {
    throw new InputError(`${train}: expected at least 2 class folders, found only ${classNames[0]}`);
  }
  return {
    kind: "files",
    name,
    classNames,
    train: wantsTrain ? listClassFolders(train, classNames, classNames) : new FileList(),
    val: val === undefined ? new FileList() : listVal(val, classNames),
  };
}

/** The validation images of a folder without `train`, or of one that holds class folders itself. */
function validationAlone(name: string, directory: string, given: readonly string[] | undefined): ImageFolder {
  const val = firstFolder(directory, valNames) ?? directory;
  if (given === undefined && isAnnotated(val)) {
    throw new InputError(`${directory}: expected a folder train, whose folders are the classes, found none`);
  }
  const classNames = given ?? findClasses(val);
  return { kind: "files", name, classNames, train: new FileList(), val: listVal(val, classNames) };
}

/** A data set of image files by a name: `folder`, or `imagenet`, which is a folder of its own name. */
function imageFolder<Name extends string>(name: Name) {
  return {
    name,
    files: "the folder that has train and val in it",
    transforms: "imagenet",
    open: ({ path = ".", parts, classNames }: OpenOptions) => loadImageFolder(name, path, { parts, classNames }),
  } satisfies DatasetDefinition;
}

export const folder = imageFolder("folder");
export const imagenet = imageFolder("imagenet");

function listVal(val: string, classNames: readonly string[]): FileList {
  return isAnnotated(val) ? listAnnotated(val, classNames) : listClassFolders(val, findClasses(val), classNames);
}

function checkDirectory(directory: string): void {
  const found = look(directory);
  if (found?.isDirectory()) return;
  const isArchive = /\.(tar|t?gz|zip)$/.test(directory);
  const advice = isArchive ? "unpack it and give the folder" : "give the folder that has train and val in it";
  const problem = found === undefined ? "found no such folder" : `found a file; ${advice}`;
  throw new InputError(`${directory}: expected the folder of a data set, ${problem}`);
}

/** What is wrong with a folder without `train`: the right one may be its parent or one of its subfolders. */
function withoutTrain(directory: string): string {
  if (look(join(directory, "train")) !== undefined) return "found a file train";
  const above = dirname(resolve(directory));
  if (["train", ...valNames].includes(basename(resolve(directory))) && isFolder(join(above, "train"))) {
    return `found none; did you mean the folder above it, ${above}?`;
  }
  const folders = listFolders(directory);
  const below = folders.find((folder) => isFolder(join(directory, folder, "train")));
  if (below !== undefined) return `found none; did you mean ${join(directory, below)}?`;
  if (folders.length === 0) return "found no folders";
  const shown = folders.slice(0, 3).join(", ");
  return `found ${folders.length === 1 ? "only" : `${folders.length} folders, such as`} ${shown}`;
}

function orList(names: readonly string[]): string {
  return `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
}
