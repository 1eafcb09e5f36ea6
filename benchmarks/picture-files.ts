import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../src/text/errors.js";

/** The first `limit` picture files anywhere under a folder, by path. */
export function pictureFiles(folder: string, limit: number): string[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new InputError(`--folder: expected a folder of pictures, found ${folder}`);
  }
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => /\.(jpe?g|png|webp|gif|tiff?)$/i.test(path))
    .sort()
    .slice(0, limit)
    .map((path) => join(folder, path));
  if (files.length === 0) throw new InputError(`--folder: expected pictures in ${folder}, found none`);
  return files;
}
