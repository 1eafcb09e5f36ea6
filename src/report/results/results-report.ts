import { existsSync, statSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { RUN_FILES } from "../../run/directory.js";
import { configPath, type RunRecord, realRunPath } from "../../run/read-run.js";
import { recordedSettings } from "../../run/recorded-settings.js";
import { realPlace } from "../../system/write-output.js";
import { InputError } from "../../text/errors.js";
import { shellCommand } from "../../text/shell-quote.js";
import { configFlags } from "../recipe-flags.js";
import { OWN_FILES } from "../train-command.js";
import { namedTransforms } from "../transforms-name.js";
import { resultsDocument } from "./document.js";
import { loadReference, NO_REFERENCE, type Reference } from "./reference.js";
import type { OwnRun } from "./run-group.js";

/** The file of prior work's figures, in a folder of published runs. */
export const REFERENCE_FILE = "reference.json";

/**
 * Writes the document of these runs, with the figures of `reference.json` from one of the given folders.
 * @param output the document's file; links are relative to its folder, or to the current one
 * @throws InputError for runs of other programs, and for recipes that no command can name
 */
export function resultsReport(runs: readonly RunRecord[], paths: readonly string[], output: string | null): string {
  const own = runs.map(asOwn);
  const folder = output === null ? "." : dirname(output);
  const placeOf = (run: OwnRun) => fromFolder(folder, realRunPath(run.path));
  const words = [
    "npx",
    "weight-search",
    "report",
    ...paths.map((path) => fromFolder(folder, path)),
    "--format",
    "results",
  ];
  if (output !== null) words.push("-o", fromFolder(folder, output));
  return resultsDocument(own, referenceIn(paths), { folder, placeOf, command: shellCommand(words) });
}

/** With the same separator on every system. */
function fromFolder(folder: string, path: string): string {
  return relative(realPlace(folder), realPlace(path)).split(sep).join("/") || ".";
}

function referenceIn(paths: readonly string[]): Reference {
  const files = paths
    .filter((path) => statSync(path).isDirectory())
    .map((path) => join(path, REFERENCE_FILE))
    .filter((path) => existsSync(path));
  const [first, second] = files;
  if (second !== undefined) throw new InputError(`${second}: expected one ${REFERENCE_FILE}, found ${first} too`);
  return first === undefined ? NO_REFERENCE : loadReference(first);
}

function asOwn(run: RunRecord): OwnRun {
  const { config, path } = run;
  if (config === null) throw new InputError(`${path}: expected a run with ${RUN_FILES.config}, found none in it`);
  const { recipe, recipeFile, transforms } = recordedSettings(config, configPath(run));
  const needed = [
    ...(configFlags(recipe, recipeFile, config.search !== null) === null ? [OWN_FILES.training] : []),
    ...(transforms !== null && namedTransforms(transforms) === null ? [OWN_FILES.transforms] : []),
  ];
  const missing = needed.find((file) => !existsSync(join(realRunPath(path), file)));
  if (missing !== undefined) {
    throw new InputError(
      `${path}: expected ${missing} in it, since nothing built in gives these settings, found none; weight-search publish writes it`,
    );
  }
  return { ...run, config };
}
