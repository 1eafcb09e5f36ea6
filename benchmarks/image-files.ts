import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../src/text/errors.js";

/** The first `limit` image files anywhere under a folder, by path. */
export function imageFiles(folder: string, limit: number): string[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new InputError(`--folder: expected a folder of images, found ${folder}`);
  }
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => /\.(jpe?g|png|webp|gif|tiff?)$/i.test(path))
    .sort()
    .slice(0, limit)
    .map((path) => join(folder, path));
  if (files.length === 0) throw new InputError(`--folder: expected images in ${folder}, found none`);
  return files;
}
