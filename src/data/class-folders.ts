import { statSync } from "node:fs";
import { join } from "node:path";
import { isFolder, unreadable } from "../system/file-access.js";
import { InputError } from "../text/errors.js";
import { FileList } from "./file-list.js";
import { listFolder, sortNames } from "./folder-entries.js";

/** A folder and the names of the images in it. */
interface FolderImages {
  readonly folder: string;
  readonly images: readonly string[];
}

/**
 * The classes of a split: the names of its sub-folders, sorted as Python sorts.
 *
 * @throws InputError if there are none, saying whether unsorted images lie there
 */
export function findClasses(split: string): readonly string[] {
  const { folders, images } = listFolder(split);
  if (folders.length > 0) return folders;
  const found = images.length > 0 ? `${images.length} images (such as ${images[0]}) and no folder` : "none";
  throw new InputError(`${split}: expected a folder of images for each class, found ${found}`);
}

/**
 * Lists the images of each class of a split, in torchvision's order: by class, then by folder, then by name.
 *
 * @param split the folder that holds the class folders
 * @param folders the class folders to list
 * @param classNames name of each class by label; `folders` are some of them
 * @throws InputError if a folder is not a class, has no images in it or below it, or cannot be read
 */
export function listClassFolders(split: string, folders: readonly string[], classNames: readonly string[]): FileList {
  const labels = new Map(classNames.map((name, label) => [name, label]));
  const files = new FileList();
  for (const name of folders) {
    const label = labels.get(name);
    if (label === undefined) {
      throw new InputError(`${join(split, name)}: expected one of the ${labels.size} classes of the training split`);
    }
    const parts = findImages(join(split, name));
    if (parts.length === 0) {
      throw new InputError(`${join(split, name)}: expected images of class ${name}, found none`);
    }
    for (const { folder, images } of parts) files.add(folder, images, label);
  }
  return files;
}

/**
 * The images in a folder and all folders below it, links followed, in the order of Python's `sorted(os.walk(…))`.
 *
 * Each folder is visited once, however many links lead to it, so circular links end.
 */
function findImages(root: string): FolderImages[] {
  const found = new Map<string, readonly string[]>();
  const visited = new Set<string>();
  const waiting = [root];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    const identity = folderIdentity(folder);
    if (visited.has(identity)) continue;
    visited.add(identity);
    const { folders, images } = listFolder(folder);
    if (images.length > 0) found.set(folder, images);
    for (const name of folders.toReversed()) waiting.push(join(folder, name));
  }
  return sortNames([...found.keys()]).map((folder) => ({ folder, images: found.get(folder) ?? [] }));
}

/** The same for two paths only if they lead to the same folder. */
function folderIdentity(folder: string): string {
  try {
    const { dev, ino } = statSync(folder, { bigint: true });
    return `${dev}:${ino}`;
  } catch (error) {
    throw unreadable(folder, error);
  }
}

/** The first of `names` that is a folder in `directory`, as a path. */
export function firstFolder(directory: string, names: readonly string[]): string | undefined {
  return names.map((name) => join(directory, name)).find(isFolder);
}
