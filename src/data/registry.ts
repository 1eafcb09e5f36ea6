import { closest, distance } from "fastest-levenshtein";
import { InputError } from "../errors.js";
import { loadCifar10 } from "./cifar10.js";
import type { ImageDataset } from "./dataset.js";
import { makeSynthetic } from "./synthetic.js";

/** The data sets that `-d/--dataset` takes. */
export const datasetNames = ["synthetic", "cifar10"] as const;

/**
 * Loads or makes a data set by its name.
 *
 * @param name one of `datasetNames`
 * @param path the folder of its files; `synthetic` has none
 * @param seed what `synthetic` is drawn from, a safe integer; others do not depend on it
 * @throws InputError for an unknown name, a missing or needless path, or wrong files
 */
export function loadDataset(name: string, path: string | undefined, seed: number): ImageDataset {
  switch (name) {
    case "synthetic":
      if (path !== undefined) {
        throw new InputError(
          `-p/--path: expected none for data set synthetic, which is made from the seed, found ${path}`,
        );
      }
      return makeSynthetic({ seed });
    case "cifar10":
      if (path === undefined) {
        throw new InputError("-p/--path: expected the folder of CIFAR-10's files for data set cifar10, found none");
      }
      return loadCifar10(path);
    default: {
      const nearest = closest(name.toLowerCase(), datasetNames);
      const hint = distance(name.toLowerCase(), nearest) <= 3 ? `; did you mean ${nearest}?` : "";
      throw new InputError(
        `-d/--dataset: expected one of ${datasetNames.join(", ")}, found ${JSON.stringify(name)}${hint}`,
      );
    }
  }
}
