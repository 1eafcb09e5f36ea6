import { createHash, type Hash } from "node:crypto";
import { basename, dirname } from "node:path";
import type { Dataset, ImageFiles, ImageSplit } from "./dataset.js";

/**
 * SHA-256 of what a data set is: its classes, labels and images in their order; of image files the names of file and
 * folder stand for its content. Two data sets of one fingerprint are the same, wherever they lie.
 */
export function fingerprint({ classNames, train, val }: Dataset): string {
  const hash = createHash("sha256");
  hash.update(JSON.stringify(classNames));
  for (const split of [train, val]) addSplit(hash, split);
  return hash.digest("hex");
}

function addSplit(hash: Hash, split: ImageSplit | ImageFiles): void {
  const { labels, count } = split;
  hash.update(`${count}\n`);
  hash.update(new Uint8Array(labels.buffer, labels.byteOffset, labels.byteLength));
  if ("images" in split) {
    hash.update(split.images);
    return;
  }
  for (let index = 0; index < count; index++) {
    const path = split.path(index);
    hash.update(`${basename(dirname(path))}/${basename(path)}\0`);
  }
}
