import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { packageRoot } from "../../src/system/package-root.js";

/** The repository's root. */
export const ROOT = packageRoot();

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `weight-search` with arguments to its end, in an environment with additions; `cwd` is the folder it runs in. */
export function weightSearch(
  args: readonly string[],
  { cwd, ...environment }: { cwd?: string } & NodeJS.ProcessEnv = {},
): Finished {
  const { status, stdout, stderr } = spawnSync(process.execPath, [`${ROOT}/bin/weight-search.mjs`, ...args], {
    encoding: "utf8",
    env: { ...process.env, ...environment },
    ...(cwd !== undefined && { cwd }),
  });
  return { code: status, stdout, stderr };
}

/** Runs a command that is to be refused: in one line that says this, with nothing on standard output, and exit code 2. */
export function assertRefused(
  args: readonly string[],
  message: RegExp,
  environment: { cwd?: string } & NodeJS.ProcessEnv = {},
): void {
  const { code, stdout, stderr } = weightSearch(args, environment);
  assert.match(stderr, message);
  assert.match(stderr, /^error: [^\p{Cc}]{1,2000}\n$/u);
  assert.deepEqual([stdout, code], ["", 2]);
}
