/**
 * Finds the C++ headers of Node-API in the npm packages that bring them. npm puts these beside this package, or above it
 * where it was installed into a project, so they are looked for as Node does for any import.
 *
 * Run as a program it prints their folders, separated by semicolons, which is how CMakeLists.txt asks.
 */
import { readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { SetupFailure } from "./failure.mjs";

/** The packages, and where their headers are in them. */
const PACKAGES = [
  ["node-api-headers", "include"],
  ["node-addon-api", "."],
];

/**
 * The folders to include, and the versions of the packages.
 *
 * @param {string} root the folder of this package
 * @returns {{ folders: string[], versions: string[] }}
 */
export function findNodeHeaders(root) {
  const { resolve } = createRequire(join(root, "package.json"));
  const manifests = PACKAGES.map(([name]) => {
    try {
      return resolve(`${name}/package.json`);
    } catch {
      throw new SetupFailure([`The npm package ${name} is missing: run \`npm install\` again, without --omit.`], 2);
    }
  });
  return {
    folders: manifests.map((path, index) => join(dirname(path), PACKAGES[index][1])),
    versions: manifests.map((path) => JSON.parse(readFileSync(path, "utf8")).version),
  };
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
  try {
    console.log(findNodeHeaders(root).folders.join(";"));
  } catch (error) {
    console.error(error.message);
    process.exitCode = error.exitCode ?? 1;
  }
}
