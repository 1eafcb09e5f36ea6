import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Note } from "../../config/built-in-json.js";
import { readRunConfig } from "../../run/config.js";
import { RUN_FILES } from "../../run/directory.js";
import { findRuns } from "../../run/find-runs.js";
import { readRun } from "../../run/read-run.js";
import { InputError } from "../../text/errors.js";
import { type PublishedRun, publishedFiles } from "./published-files.js";
import { writeFolder } from "./write-folder.js";

export interface PublishOptions {
  /** Receives what is published otherwise than it was recorded. */
  readonly note: Note;
  /** The parent of the runs' folders. */
  readonly output: string;
  /** Includes the model. */
  readonly model: boolean;
  /** Replaces another run of the same name. */
  readonly replace: boolean;
}

/**
 * Copies the shareable artifacts of runs, and yields each folder once it is written. Everything is read and checked
 * before anything is written.
 * @throws InputError for a path that is not a run, and for a name that another run has
 */
export function* publish(
  paths: readonly string[],
  { output, model, replace, note }: PublishOptions,
): Generator<string> {
  const runs = findRuns(paths).map((path) => ({ path, ...publishedFiles(readRun(path), model, note) }));
  for (const [index, { name, path }] of runs.entries()) {
    const other = runs.slice(0, index).find((each) => each.name === name);
    if (other !== undefined) {
      throw new InputError(
        `${path}: expected runs of different settings or seeds, found ${name}, as ${other.path} is; what a name does not say ` +
          "(the model a run started from, what is in a recipe of your own) may differ: -o publishes one to another folder",
      );
    }
  }
  if (!replace) for (const run of runs) checkSameRun(join(output, run.name), run);
  for (const { name, files } of runs) {
    writeFolder(output, name, files);
    yield join(output, name);
  }
}

/** Throws InputError if the name is another run's. */
function checkSameRun(folder: string, { startedAt }: PublishedRun): void {
  if (!existsSync(folder)) return;
  const path = join(folder, RUN_FILES.config);
  const found = existsSync(path) ? `that of ${readRunConfig(path).startedAt}` : `no ${RUN_FILES.config}`;
  if (found === `that of ${startedAt}`) return;
  throw new InputError(
    `${folder}: expected the run of ${startedAt}, found ${found}; --replace puts the one in place of the other`,
  );
}
