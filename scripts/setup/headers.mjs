/**
 * Step 3: headers that make the addon do more, from the distribution where that is possible. Everything else works
 * without them.
 */
import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { aptPrefix, installDebian, updateLists } from "./apt.mjs";
import { say } from "./say.mjs";

const FOLDERS = ["/usr/include", "/usr/local/include", "/opt/homebrew/include"];

/**
 * Each with Debian's and Ubuntu's package of it, what it brings, and the message if it is not available. CMakeLists.txt
 * looks for the same files.
 */
export const HEADERS = [
  {
    file: "jpeglib.h",
    // In Debian 12 that is libjpeg62-turbo-dev.
    debian: "libjpeg-dev",
    brings: "which decodes JPEG images about three times as fast",
    without: "without libjpeg-turbo's jpeglib.h JPEG images are decoded by sharp, about three times slower",
  },
  {
    file: "gloo/rendezvous/store.h",
    debian: "libgloo-dev",
    brings: "with which several processes train one network",
    without: "without Gloo's headers (gloo/rendezvous/store.h) a network is trained by one process only",
  },
];

/** The path of a header; undefined if there is none. Only tests pass the folders to look in. */
export function findHeader(file, folders = FOLDERS) {
  return folders.map((folder) => join(folder, file)).find((path) => existsSync(path));
}

/** What tells these headers from others, for the fingerprint of what the addon was built with. */
export function headerStamps(folders = FOLDERS) {
  return HEADERS.map(({ file }) => {
    const path = findHeader(file, folders);
    if (path === undefined) return null;
    const { size, mtimeMs } = statSync(path);
    return [path, size, mtimeMs];
  });
}

/**
 * Installs the headers that are missing, where that may be done without asking. Failing to is only said, and only once.
 */
export async function ensureHeaders(root, { mayInstall = true } = {}) {
  for (const header of HEADERS) await ensureHeader(root, header, mayInstall);
}

async function ensureHeader(root, { file, debian, brings, without }, mayInstall) {
  const alreadyTried = join(root, `build/.${debian}-not-installed`);
  if (findHeader(file) !== undefined || existsSync(alreadyTried)) return;
  const prefix = aptPrefix({ mayInstall });
  if (prefix) {
    say(`installing ${debian} (apt-get, as root), ${brings}`);
    await updateLists(prefix);
    if ((await installDebian(prefix, [debian])).ok && findHeader(file) !== undefined) return;
  }
  if (mayInstall) {
    mkdirSync(dirname(alreadyTried), { recursive: true });
    writeFileSync(alreadyTried, "");
  }
  say(`note: ${without}`);
}
