import { InputError } from "../text/errors.js";
import { didYouMean } from "../text/suggest.js";
import { loadCifar10 } from "./cifar10.js";
import { loadCifar100 } from "./cifar100.js";
import type { Dataset } from "./dataset.js";
import { loadImageFolder } from "./image-folder.js";
import { makeSynthetic } from "./synthetic.js";

/** The data sets by name; `imagenet` is a `folder` of its own name. */
const datasetNames = ["synthetic", "cifar10", "cifar100", "imagenet", "folder"] as const;

/**
 * Loads or generates a data set by its name; of image files only the paths are listed.
 *
 * @param name one of `datasetNames`
 * @param path the folder of its files; `synthetic` has none
 * @param seed what `synthetic` is drawn from, a safe integer; others do not depend on it
 * @throws InputError for an unknown name, a missing or superfluous path, or wrong files
 */
export function loadDataset(name: string, path: string | undefined, seed: number): Dataset {
  switch (name) {
    case "synthetic":
      if (path !== undefined) {
        throw new InputError(
          `\`path\`: expected none for data set synthetic, which is made from the seed, found ${path}`,
        );
      }
      return makeSynthetic({ seed });
    case "cifar10":
      return loadCifar10(needPath(name, path, "the folder of CIFAR-10's files"));
    case "cifar100":
      return loadCifar100(needPath(name, path, "the folder of CIFAR-100's files"));
    case "imagenet":
    case "folder":
      return loadImageFolder(name, needPath(name, path, "the folder that has train and val in it"));
    default: {
      const hint = didYouMean(name, datasetNames);
      throw new InputError(
        `\`data\`: expected one of ${datasetNames.join(", ")}, found ${JSON.stringify(name)}${hint}`,
      );
    }
  }
}

function needPath(name: string, path: string | undefined, expected: string): string {
  if (path !== undefined) return path;
  throw new InputError(`\`path\`: expected ${expected} for data set ${name}, found none`);
}
