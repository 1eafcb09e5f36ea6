import { lstatSync, readdirSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";
import { isFolder, unreadable } from "../system/file-access.js";
import { isSystemError } from "../system/file-error.js";
import { InputError } from "../text/errors.js";

/** The file name extensions that torchvision's `ImageFolder` accepts, in lower case. */
const imageEnding = /\.(?:jpg|jpeg|png|ppm|bmp|pgm|tif|tiff|webp)$/i;

/** What is in a folder, by name, each list sorted as Python sorts; hidden entries and other files are left out. */
export interface FolderEntries {
  /** Folders and links to folders. */
  readonly folders: readonly string[];
  /** Files with an image's extension, and links of such names, whether they lead to a file or nowhere. */
  readonly images: readonly string[];
}

/**
 * Lists the sub-folders and the images of a folder.
 *
 * Hidden entries (`.DS_Store`, `._a.jpg`, `.ipynb_checkpoints`) are left out, which torchvision would take.
 *
 * An image's broken link is listed: it is an unreadable image, which only the reader may skip.
 *
 * @throws InputError naming the path: the folder cannot be read; an image is not a file (a device, a socket); any other
 *   link is broken; a name is not UTF-8
 */
export function listFolder(folder: string): FolderEntries {
  const folders: string[] = [];
  const images: string[] = [];
  for (const entry of readEntries(folder)) {
    const { name } = entry;
    if (name.startsWith(".")) continue;
    if (name.includes("\ufffd")) checkName(folder, name);
    const isImage = imageEnding.test(name);
    const kind = entry.isSymbolicLink() ? followLink(join(folder, name), isImage) : entry;
    if (kind?.isDirectory()) folders.push(name);
    else if (!isImage) continue;
    else if (kind === undefined || kind.isFile()) images.push(name);
    else throw new InputError(`${join(folder, name)}: expected an image, found something that is not a file`);
  }
  return { folders: sortNames(folders), images: sortNames(images) };
}

/** The subfolders of a folder, sorted: links followed unless broken, hidden ones left out. */
export function listFolders(folder: string): string[] {
  const names = readEntries(folder).filter((entry) => entry.isDirectory() || entry.isSymbolicLink());
  return sortNames(names.map(({ name }) => name)).filter(
    (name) => !name.startsWith(".") && isFolder(join(folder, name)),
  );
}

/** Sorts by code point, in place, as Python does; JavaScript alone sorts by 16-bit unit, which differs past U+FFFF. */
export function sortNames(names: string[]): string[] {
  const pastFFFF = /[\ud800-\udfff]/;
  if (!names.some((name) => pastFFFF.test(name))) return names.sort();
  return names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

function readEntries(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    throw unreadable(folder, error);
  }
}

/** What a link leads to; undefined for a broken link that may be broken. */
function followLink(path: string, mayBeBroken: boolean): Stats | undefined {
  try {
    return statSync(path);
  } catch (error) {
    if (isSystemError(error, "ENOENT") && mayBeBroken) return undefined;
    if (isSystemError(error, "ENOENT"))
      throw new InputError(`${path}: expected a link to something, found a broken one`);
    throw unreadable(path, error);
  }
}

/** Whether something of this name exists; a name that is too long does not. */
function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    if (isSystemError(error, "ENAMETOOLONG")) return false;
    throw unreadable(path, error);
  }
}

/** Bytes that are not UTF-8 are read as U+FFFD, which then names no file. */
function checkName(folder: string, name: string): void {
  const path = join(folder, name);
  if (!isThere(path)) {
    throw new InputError(`${path}: expected a UTF-8 name, found other bytes (shown as \ufffd); rename it`);
  }
}
