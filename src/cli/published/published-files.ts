import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { asGiven } from "../../config/recorded-transforms.js";
import { trainingJson } from "../../config/training-json.js";
import { InputError } from "../../errors.js";
import { fileError } from "../../run/file-error.js";
import { type RunRecord, runIdentity } from "../../run/read-run.js";
import { RUN_FILES } from "../../run/run-directory.js";
import { recordedSettings } from "../recorded-settings.js";
import { spokenRecipe } from "../spoken-recipe.js";
import { spokenTransforms } from "../spoken-transforms.js";
import { OWN_FILES } from "../train-words.js";
import { publishedConfig } from "./published-config.js";
import { publishedName } from "./run-names.js";

/** What is published of a run. */
export interface PublishedRun {
  readonly name: string;
  /** Tells one run from another of the same settings. */
  readonly startedAt: string;
  /** By their names in the folder. */
  readonly files: ReadonlyMap<string, string | Buffer>;
}

/**
 * The small files of a run that anyone may see: its configuration without paths, what its epochs measured, and recipe and
 * transforms where they are not built in. No checkpoints, and no model unless other runs start from it.
 * @param withModel adds the network after the last epoch
 * @throws InputError for a run of the original program, for a configuration that does not say how it was trained, and for a model that is
 *   wanted and not there
 */
export function publishedFiles(run: RunRecord, withModel: boolean): PublishedRun {
  const { config } = run;
  if (config === null) {
    throw new InputError(`${run.path}: expected a run with ${RUN_FILES.config}, found one of the original program`);
  }
  const { recipe, recipeFile, transforms } = recordedSettings(config, run.path);
  const files = new Map<string, string | Buffer>([[RUN_FILES.config, jsonFile(publishedConfig(config, run))]]);
  for (const name of [RUN_FILES.result, RUN_FILES.metrics]) {
    const path = join(runIdentity(run.path), name);
    if (existsSync(path)) files.set(name, wholeLines(readFileSync(path, "utf8")));
  }
  if (spokenRecipe(recipe, recipeFile, config.search !== null) === null) {
    files.set(OWN_FILES.training, jsonFile(trainingJson(recipe)));
  }
  if (transforms !== null && spokenTransforms(transforms) === null) {
    files.set(OWN_FILES.transforms, jsonFile({ train: asGiven(transforms.train), val: asGiven(transforms.val) }));
  }
  if (withModel) files.set(RUN_FILES.model, modelOf(run));
  return { name: publishedName(config, run.path), startedAt: config.startedAt, files };
}

function modelOf({ path }: RunRecord): Buffer {
  const file = join(runIdentity(path), RUN_FILES.model);
  try {
    return readFileSync(file);
  } catch (error) {
    throw fileError(file, "the run's model", error);
  }
}

function jsonFile(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/** Without a last line that is not whole yet: the run may be under way. */
function wholeLines(text: string): string {
  return text.slice(0, text.lastIndexOf("\n") + 1);
}
