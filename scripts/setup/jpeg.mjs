/** Step 3: the header of libjpeg-turbo, from the distribution where that is possible. Everything works without it. */
import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { aptPrefix, installDebian, updateLists } from "./apt.mjs";
import { say } from "./say.mjs";

/** Debian's and Ubuntu's name for whichever libjpeg-turbo they have (in Debian 12 libjpeg62-turbo-dev). */
const PACKAGE = "libjpeg-dev";

const FOLDERS = ["/usr/include", "/usr/local/include", "/opt/homebrew/include"];

/** The path of jpeglib.h; undefined if there is none. Only tests pass the folders to look in. */
export function findJpegHeader(folders = FOLDERS) {
  return folders.map((folder) => join(folder, "jpeglib.h")).find((path) => existsSync(path));
}

/** What tells one jpeglib.h from another, for the fingerprint of what the addon was built with. */
export function jpegStamp(folders = FOLDERS) {
  const header = findJpegHeader(folders);
  if (header === undefined) return null;
  const { size, mtimeMs } = statSync(header);
  return [header, size, mtimeMs];
}

/** Installs the header if it is missing, where that may be done without asking. Failing to is only said, and only once. */
export async function ensureJpeg(root) {
  const alreadyTried = join(root, "build/.jpeg-not-installed");
  if (findJpegHeader() !== undefined || existsSync(alreadyTried)) return;
  const prefix = aptPrefix();
  if (prefix) {
    say(`installing ${PACKAGE} (apt-get, as root), which decodes JPEG pictures about three times as fast`);
    await updateLists(prefix);
    if ((await installDebian(prefix, [PACKAGE])).ok && findJpegHeader() !== undefined) return;
  }
  mkdirSync(dirname(alreadyTried), { recursive: true });
  writeFileSync(alreadyTried, "");
  say("note: without libjpeg-turbo's jpeglib.h JPEG pictures are decoded by sharp, about three times slower");
}
