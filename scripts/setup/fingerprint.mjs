/** Fingerprints decide whether a step is done: same contents in, nothing to do. Times of files are not trusted. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";

/** The files under `path` (itself, if it is a file; none, if it does not exist), in a fixed order. */
export function filesUnder(path) {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => (entry.isDirectory() ? filesUnder(join(path, entry.name)) : [join(path, entry.name)]));
}

/**
 * A SHA-256 over the names, relative to `root`, and contents of `files`, and over any further `facts`. So what was made in a
 * folder is still up to date where the folder was moved or copied to.
 */
export function fingerprint(root, files, facts = []) {
  const hash = createHash("sha256").update(JSON.stringify(facts));
  for (const file of files) {
    const bytes = readFileSync(file);
    hash.update(`\0${relative(root, file)}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest("hex");
}

/** The JSON in a stamp file; undefined if there is none or it was cut short, which only means the step runs again. */
export function readStamp(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}
