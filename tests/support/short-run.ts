import assert from "node:assert/strict";
import { weightSearch } from "./command.js";

export interface ShortRun {
  /** The last run directory. */
  readonly directory: string;
  /** Those of all stages. */
  readonly directories: readonly string[];
  readonly stdout: string;
  readonly stderr: string;
}

/** Batches of each pass of a short run. */
export const LIMIT = ["--limit-batches", "2", "--threads", "1"];

/** Trains for an epoch of two batches, on the built-in images unless the arguments say otherwise. */
export function shortRun(workDir: string, ...args: readonly string[]): ShortRun {
  const { code, stdout, stderr } = weightSearch([
    ...["train", "--batch-size", "16", "--epochs", "1", ...LIMIT, "-o", workDir],
    ...args,
  ]);
  assert.equal(code, 0, stderr);
  const directories = [...stdout.matchAll(/^run: (.*)$/gm)].map(([, directory = ""]) => directory);
  const directory = directories.at(-1);
  assert.ok(directory, stdout);
  return { directory, directories, stdout, stderr };
}
