import { existsSync } from "node:fs";
import { basename, dirname, isAbsolute, join, win32 } from "node:path";
import type { Note } from "../../config/built-in-json.js";
import { type RunConfig, readRunConfig } from "../../run/config.js";
import { RUN_FILES } from "../../run/directory.js";
import { configPath, type RunRecord } from "../../run/read-run.js";
import { recordedSettings } from "../../run/recorded-settings.js";
import { configFlags } from "../recipe-flags.js";
import { namedTransforms } from "../transforms-name.js";
import { publishedName } from "./run-names.js";

/**
 * A run's `config.json` without local paths: `path` is null, recipe and transforms are given by their built-in name or
 * their file's name, a model that the run started or learned from by its file's name or its run's published name, and any other
 * absolute path by its last component. `modelBytes` is added, since models are not published.
 * @throws InputError for a configuration without training settings
 */
export function publishedConfig(config: RunConfig, run: RunRecord, note: Note): Readonly<Record<string, unknown>> {
  const { recipe, recipeFile, transforms, loadModelState, teacher } = recordedSettings(config, configPath(run));
  const rest = Object.fromEntries(config.settings);
  return {
    ...(withoutPaths(rest) as object),
    path: null,
    recipeFile: configFlags(recipe, recipeFile, config.search !== null)?.name ?? basename(recipeFile),
    ...(transforms !== null && {
      transforms: {
        ...(rest["transforms"] as object),
        file: namedTransforms(transforms) ?? basename(transforms.file),
      },
    }),
    ...(loadModelState !== null && { loadModelState: modelName(loadModelState, run.path, note) }),
    ...(teacher !== null && { teacher: modelName(teacher, run.path, note) }),
    modelBytes: run.modelBytes,
  };
}

/**
 * Names a run's last model by the run's published name, another model of a run by both names, any other one by its
 * file's name; also if it no longer exists, since the run was trained from it.
 */
function modelName(path: string, run: string, note: Note): string {
  const name = basename(path);
  if (!existsSync(path)) {
    note(`${run}: a model that it was trained from is not there any more, ${path}: it is published as ${name}`);
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
