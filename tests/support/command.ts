import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The repository's root, from dist/tests/support. */
export const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

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
