import { existsSync } from "node:fs";
import { basename, dirname, isAbsolute, join, win32 } from "node:path";
import { type RunConfig, readRunConfig } from "../../run/config.js";
import { RUN_FILES } from "../../run/directory.js";
import { configPath, type RunRecord } from "../../run/read-run.js";
import { recordedSettings } from "../../run/recorded-settings.js";
import { note } from "../../system/note.js";
import { namedRecipe } from "../recipe-flags.js";
import { namedTransforms } from "../transforms-name.js";
import { publishedName } from "./run-names.js";

/**
 * A run's `config.json` without paths of the machine: `path` is null, recipe and transforms go by their built-in name or their
 * file's, a model that the run started from by its file's name or its run's published one, and whatever else is an absolute path
 * by its last part. `modelBytes` is added, since the models stay where they are.
 * @throws InputError for a configuration that does not say how it was trained
 */
export function publishedConfig(config: RunConfig, run: RunRecord): Readonly<Record<string, unknown>> {
  const { recipe, recipeFile, transforms, loadModelState } = recordedSettings(config, configPath(run));
  const rest = Object.fromEntries(config.settings);
  return {
    ...(withoutPaths(rest) as object),
    path: null,
    recipeFile: namedRecipe(recipe, recipeFile, config.search !== null)?.name ?? basename(recipeFile),
    ...(transforms !== null && {
      transforms: {
        ...(rest["transforms"] as object),
        file: namedTransforms(transforms) ?? basename(transforms.file),
      },
    }),
    ...(loadModelState !== null && { loadModelState: modelName(loadModelState, run.path) }),
    modelBytes: run.modelBytes,
  };
}

/**
 * A run's model after its last epoch by the run's published name, another model of a run by both its names, any other one by its file's;
 * also one that is gone, since the run was trained from it all the same.
 */
function modelName(path: string, run: string): string {
  const name = basename(path);
  if (!existsSync(path)) {
    note(`${run}: the model that it started from is not there any more, ${path}: it is published as ${name}`);
    return name;
  }
  const runOf = (folder: string) => {
    const source = join(folder, RUN_FILES.config);
    return existsSync(source) ? publishedName(readRunConfig(source), source) : null;
  };
  const ofFolder = runOf(path);
  if (ofFolder !== null) return ofFolder;
  const ofFile = runOf(dirname(path));
  if (ofFile === null) return name;
  return name === RUN_FILES.model || name === RUN_FILES.state ? ofFile : `${ofFile}/${name}`;
}

function withoutPaths(value: unknown): unknown {
  if (typeof value === "string") return isAbsolute(value) || win32.isAbsolute(value) ? win32.basename(value) : value;
  if (Array.isArray(value)) return value.map(withoutPaths);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutPaths(inner)]));
}
