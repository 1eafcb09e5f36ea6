import { spawnSync } from "node:child_process";
import { packageRoot } from "../../src/package-root.js";

/** The repository's root. */
export const ROOT = packageRoot();

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `weight-search` with arguments to its end. */
export function weightSearch(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Finished {
  const { status, stdout, stderr } = spawnSync(process.execPath, [`${ROOT}/bin/weight-search.mjs`, ...args], {
    encoding: "utf8",
    env: { ...process.env, ...environment },
  });
  return { code: status, stdout, stderr };
}
