import { existsSync } from "node:fs";
import { basename, isAbsolute, join, win32 } from "node:path";
import type { RunRecord } from "../../run/read-run.js";
import { type RunConfig, readRunConfig } from "../../run/run-config.js";
import { RUN_FILES } from "../../run/run-directory.js";
import { recordedSettings } from "../recorded-settings.js";
import { spokenRecipe } from "../spoken-recipe.js";
import { spokenTransforms } from "../spoken-transforms.js";
import { publishedName } from "./run-names.js";

/**
 * A run's `config.json` without paths of the machine: `path` is null, recipe and transforms go by their built-in name or their
 * file's, a model that the run started from by its file's name or its run's published one, and whatever else is an absolute path
 * by its last part. `modelBytes` is added, since the models stay where they are.
 * @throws InputError for a configuration that does not say how it was trained
 */
export function publishedConfig(config: RunConfig, run: RunRecord): Readonly<Record<string, unknown>> {
  const { recipe, recipeFile, transforms, loadModelState } = recordedSettings(config, run.path);
  const rest = Object.fromEntries(config.settings);
  return {
    ...(withoutPaths(rest) as object),
    path: null,
    recipeFile: spokenRecipe(recipe, recipeFile, config.search !== null)?.name ?? basename(recipeFile),
    ...(transforms !== null && {
      transforms: {
        ...(rest["transforms"] as object),
        file: spokenTransforms(transforms) ?? basename(transforms.file),
      },
    }),
    ...(loadModelState !== null && { loadModelState: modelName(loadModelState) }),
    modelBytes: run.modelBytes,
  };
}

/** A model of a run by the run's published name, any other one by its file's. */
function modelName(path: string): string {
  const source = join(path, RUN_FILES.config);
  return existsSync(source) ? publishedName(readRunConfig(source), source) : basename(path);
}

function withoutPaths(value: unknown): unknown {
  if (typeof value === "string") return isAbsolute(value) || win32.isAbsolute(value) ? win32.basename(value) : value;
  if (Array.isArray(value)) return value.map(withoutPaths);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutPaths(inner)]));
}
