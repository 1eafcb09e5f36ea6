import { builtInNames } from "../config/built-in-json.js";
import { OPTIM_KEYS } from "../config/optim-keys.js";
import { loadTrainingConfig, resolveTrainingConfig } from "../config/training.js";
import { loadTransforms } from "../config/transform.js";
import { loadValueSet } from "../config/value-set-file.js";
import { datasetNamed, datasetNames } from "../data/registry.js";
import { bitsPerIndex } from "../formats/packed/bits.js";
import type { ImageSizes } from "../models/network.js";
import { networks } from "../models/registry.js";
import { optimizerNames } from "../optim/registry.js";
import { valueSetText } from "../search/value-set-text.js";

/** What is listed of one thing, by column: its name first. */
export type Row = Readonly<Record<string, string | number | boolean | readonly number[] | readonly string[]>>;

/** What can be listed, each from the registry that the program itself reads. */
export const LISTINGS = {
  models: () =>
    [...networks].map(([name, { imageSize, madeFor, defaultConfig, noQuantizedActivations, noBinaryActivations }]) => ({
      name,
      images: sizeText(imageSize),
      madeFor: `${madeFor.channels ?? 3}×${madeFor.imageSize}×${madeFor.imageSize}`,
      classes: madeFor.numClasses,
      activations:
        noQuantizedActivations !== undefined
          ? "float"
          : noBinaryActivations === undefined
            ? "float, 1 to 8 bits"
            : "float, 2 to 8 bits",
      config: defaultConfig,
    })),
  datasets: () =>
    datasetNames.map((name) => {
      const { files, transforms, download } = datasetNamed(name);
      return { name, path: files ?? "", download: download !== undefined, transforms: transforms ?? "" };
    }),
  configs: () =>
    builtInNames("training").map((name) => {
      const { epochs, batchSize, initLr, lrScheduler } = loadTrainingConfig(resolveTrainingConfig(name, ignore));
      return { name, epochs, batchSize, learningRate: initLr, schedule: lrScheduler };
    }),
  "value-sets": () =>
    builtInNames("quantization").map((name) => {
      const values = loadValueSet(name, ignore);
      return { name, bits: bitsPerIndex(values.length), values };
    }),
  transforms: () =>
    builtInNames("transform").map((name) => {
      const { train, val } = loadTransforms(name, ignore);
      return { name, train: train.map((each) => each.name), val: val.map((each) => each.name) };
    }),
  optimizers: () =>
    optimizerNames.map((name) => {
      const own = Object.values(OPTIM_KEYS).filter(({ description }) => description.startsWith(`\`${name}\``));
      return { name, keys: own.map(({ json }) => `optim.${json}`) };
    }),
} as const satisfies Readonly<Record<string, () => readonly Row[]>>;

/** A cell of a row as text. */
export function cellText(value: Row[string]): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value !== "object") return String(value);
  return value.every((each) => typeof each === "number") ? valueSetText(value as readonly number[]) : value.join(", ");
}

function sizeText(sizes: ImageSizes): string {
  if ("exactly" in sizes) return `${sizes.exactly}×${sizes.exactly}`;
  return "atLeast" in sizes ? `from ${sizes.atLeast}×${sizes.atLeast}` : `multiples of ${sizes.multipleOf}`;
}

/** Built-in names need no note of how they were understood. */
function ignore(): void {}
