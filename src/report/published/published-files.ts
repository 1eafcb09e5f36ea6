import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Note } from "../../config/built-in-json.js";
import { transformsJson } from "../../config/recorded-transforms.js";
import { trainingJson } from "../../config/training.js";
import { readSafetensors } from "../../formats/safetensors.js";
import { RUN_FILES } from "../../run/directory.js";
import { configPath, type RunRecord, realRunPath } from "../../run/read-run.js";
import { recordedSettings } from "../../run/recorded-settings.js";
import { readResults } from "../../run/result-csv.js";
import { readTextFile } from "../../system/text-file.js";
import type { UserFile } from "../../system/user-module.js";
import { InputError } from "../../text/errors.js";
import { configFlags } from "../recipe-flags.js";
import { OWN_FILES, recipeToTrain } from "../train-command.js";
import { namedTransforms } from "../transforms-name.js";
import { publishedConfig } from "./published-config.js";
import { publishedName } from "./run-names.js";

/** The shareable artifacts of a run. */
export interface PublishedRun {
  readonly name: string;
  /** Distinguishes runs of the same settings. */
  readonly startedAt: string;
  /** By their names in the folder. */
  readonly files: ReadonlyMap<string, string | Buffer>;
}

/**
 * Reads the shareable artifacts of a run: its configuration without local paths, its metrics, and network, recipe and
 * transforms if they are not built in. No checkpoints, and no model unless other runs start from it.
 * @param withModel adds the model after the last epoch
 * @throws InputError for a run of the original program, for a configuration without training settings, for an invalid
 *   `result.csv`, and for a requested model that is missing or from which a search would continue with logits
 */
export function publishedFiles(run: RunRecord, withModel: boolean, note: Note): PublishedRun {
  const { config } = run;
  if (config === null) {
    throw new InputError(`${run.path}: expected a run with ${RUN_FILES.config}, found one of the original program`);
  }
  const source = configPath(run);
  const recorded = recordedSettings(config, source);
  const { recipeFile, transforms, stage } = recorded;
  const recipe = recipeToTrain(recorded);
  const files = new Map<string, string | Buffer>([[RUN_FILES.config, jsonFile(publishedConfig(config, run, note))]]);
  const folder = realRunPath(run.path);
  for (const name of [RUN_FILES.result, RUN_FILES.metrics]) {
    const path = join(folder, name);
    if (!existsSync(path)) continue;
    // The other one was checked when the run was read.
    if (name === RUN_FILES.result) readResults(path);
    files.set(name, wholeLines(readTextFile(path, "a text file")));
  }
  if (configFlags(recipe, recipeFile, config.search !== null) === null) {
    files.set(OWN_FILES.training, jsonFile(trainingJson(recipe)));
  }
  if (transforms !== null && namedTransforms(transforms) === null) {
    files.set(OWN_FILES.transforms, jsonFile(transformsJson(transforms)));
  }
  const { networkFile, datasetFile, ownOptimizer, ownLoss } = config;
  for (const file of [networkFile, datasetFile, ownOptimizer?.file, ownLoss?.file]) {
    if (file) files.set(basename(file.path), sourceOf(file, run.path));
  }
  if (withModel) {
    if (config.search !== null && stage === null) {
      throw new InputError(
        `${run.path}: option --model: expected float weights, or a stage of a progressive search, found searched weights: a run that ` +
          "starts from them continues with their logits, which a model does not have",
      );
    }
    files.set(RUN_FILES.model, modelIn(folder));
  }
  return { name: publishedName(config, source), startedAt: config.startedAt, files };
}

/** A file of code that a run was trained with: its network, data set, optimizer or loss function. Throws InputError if it is no longer the one that the run was trained with. */
function sourceOf({ path, sha256 }: UserFile, run: string): string {
  const text = readTextFile(path, "a file of code");
  const found = createHash("sha256").update(text).digest("hex");
  if (found === sha256) return text;
  throw new InputError(
    `${path}: expected the file that ${run} was trained with, SHA-256 ${sha256.slice(0, 12)}…, found ${found.slice(0, 12)}…`,
  );
}

function modelIn(folder: string): Buffer {
  const path = join(folder, RUN_FILES.model);
  readSafetensors(path);
  return readFileSync(path);
}

function jsonFile(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/** Without an incomplete last line: the run may still be training. */
function wholeLines(text: string): string {
  return text.slice(0, text.lastIndexOf("\n") + 1);
}
