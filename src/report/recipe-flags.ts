import { basename } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { builtInNames } from "../config/built-in-json.js";
import { loadTrainingRecipe, resolveRecipe, type TrainingRecipe, withEpochs } from "../config/training.js";

/** A recipe as flags of `train`: a name in json/training, and the flags that override parts of it. */
export interface NamedRecipe {
  readonly name: string;
  /** Pairs of a flag and its value. */
  readonly flags: readonly (readonly [flag: string, value: number])[];
}

/**
 * Finds the flags that give this recipe; `null` if none do, since it comes from a file that is not built in.
 * @param recipeFile the recipe's source: a path, or a name in json/training
 * @param isSearched `--temperature` applies to a search only
 */
export function namedRecipe(recipe: TrainingRecipe, recipeFile: string, isSearched: boolean): NamedRecipe | null {
  const name = basename(recipeFile, ".json");
  if (!builtInNames("training").includes(name)) return null;
  // The content of the file of that name decides, wherever the recipe came from.
  const builtIn = loadTrainingRecipe(resolveRecipe(name, () => undefined));
  const { epochs, batchSize, firstTemperature, initTemperature } = recipe;
  const isWarmed = firstTemperature !== builtIn.firstTemperature || initTemperature !== builtIn.initTemperature;
  const temperature = isWarmed && isSearched ? initTemperature : null;
  const said = {
    ...withEpochs(builtIn, epochs),
    batchSize,
    ...(temperature !== null && { firstTemperature: temperature, initTemperature: temperature }),
  };
  if (!isDeepStrictEqual(said, recipe)) return null;
  return {
    name,
    flags: [
      ...(epochs === builtIn.epochs ? [] : ([["--epochs", epochs]] as const)),
      ...(batchSize === builtIn.batchSize ? [] : ([["--batch-size", batchSize]] as const)),
      ...(temperature === null ? [] : ([["--temperature", temperature]] as const)),
    ],
  };
}
