import { type Dirent, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { checkFolder, fileError } from "../system/file-error.js";
import { InputError } from "../text/errors.js";
import { isRunDirectory, realRunPath } from "./read-run.js";

/** `results/cifar10-resnet20/20261123170403` is found from two folders above `results`. */
const MAX_DEPTH = 4;

/** Copies of runs by `weight-search publish`: not counted as runs of a folder unless given explicitly. */
const PUBLISHED = "published";

/**
 * Finds the runs that paths stand for, each once: a run directory or a file stands for itself, a folder for every run
 * directory up to four levels below, by name. Hidden folders, links and a folder named `published` are skipped.
 *
 * @throws InputError for a missing path, an unreadable folder, and a folder without runs
 */
export function findRuns(paths: readonly string[]): string[] {
  const runs = new Map<string, string>();
  for (const path of paths) {
    const found = runsIn(path);
    if (found.length === 0) {
      throw new InputError(
        `${path}: expected a run directory, or a folder of them at most ${MAX_DEPTH} levels deep, found no config.json and no result.csv`,
      );
    }
    for (const run of found) {
      const identity = realRunPath(run);
      if (!runs.has(identity)) runs.set(identity, run);
    }
  }
  return [...runs.values()];
}

function runsIn(path: string): string[] {
  try {
    return statSync(path).isDirectory() ? runsBelow(path, MAX_DEPTH) : [path];
  } catch (error) {
    throw fileError(path, "a run directory or a folder of run directories", error);
  }
}

function runsBelow(folder: string, depth: number): string[] {
  if (isRunDirectory(folder)) return [folder];
  checkFolder(folder, "a folder that can be read");
  if (depth === 0) return [];
  return subfolders(folder).flatMap((name) => runsBelow(join(folder, name), depth - 1));
}

function subfolders(folder: string): string[] {
  const isSearched = (entry: Dirent) =>
    entry.isDirectory() && !entry.name.startsWith(".") && ![PUBLISHED, "node_modules"].includes(entry.name);
  return readdirSync(folder, { withFileTypes: true })
    .filter(isSearched)
    .map(({ name }) => name)
    .sort();
}
