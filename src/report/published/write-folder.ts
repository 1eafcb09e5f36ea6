import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { flushFolder, writeFileAtomic } from "../../system/atomic-file.js";
import { fileError } from "../../system/file-error.js";
import { makeDirectory } from "../../system/make-directory.js";

/**
 * Creates the folder `<parent>/<name>` with exactly these files, replacing an existing one. It is written under a
 * hidden name first, so that no reader sees a partial folder; on failure the old folder is kept.
 * @throws InputError for a system error
 */
export function writeFolder(parent: string, name: string, files: ReadonlyMap<string, string | Buffer>): void {
  const path = join(parent, name);
  const hidden = join(parent, `.${name.slice(0, 100)}.${process.pid}-${randomBytes(4).toString("hex")}`);
  const [fresh, old] = [`${hidden}.new`, `${hidden}.old`];
  try {
    makeDirectory(parent);
    mkdirSync(fresh);
    for (const [file, content] of files) {
      writeFileAtomic(join(fresh, file), [typeof content === "string" ? Buffer.from(content) : content]);
    }
    if (existsSync(path)) renameSync(path, old);
    try {
      renameSync(fresh, path);
    } catch (error) {
      if (existsSync(old)) renameSync(old, path);
      throw error;
    }
    flushFolder(parent);
  } catch (error) {
    throw fileError(path, "a folder that can be written", error);
  } finally {
    for (const left of [fresh, old]) if (existsSync(left)) rmSync(left, { recursive: true });
  }
}
