/**
 * Steps 2 to 4: LibTorch, headers and the addon. All that `npx weight-search setup` does in a project that has installed
 * this package, so it needs neither TypeScript nor a lock file; in the repository a part of `npm run setup`.
 */
import { join } from "node:path";
import { ensureAddon } from "./addon.mjs";
import { SetupFailure } from "./failure.mjs";
import { ensureHeaders } from "./headers.mjs";
import { ensureLibtorch } from "./libtorch.mjs";
import { takeLock } from "./lock.mjs";
import { say } from "./say.mjs";

/**
 * Finds or installs what the addon needs, and builds it; or nothing, where that is done.
 *
 * @param {string} root the folder of this package
 * @param {{ mayInstall?: boolean, warningsAreErrors?: boolean, mustLoad?: boolean }} [options] `mayInstall`: whether
 *   Debian's packages may be installed, where this user can; `mustLoad`: see `ensureAddon`
 * @returns {Promise<{ libtorch: { prefix: string, version: string }, isBuilt: boolean }>} `isBuilt`: whether it was built now
 */
export async function ensureNative(root, { mayInstall = true, ...options } = {}) {
  const libtorch = await ensureLibtorch(root, { mayInstall });
  await ensureHeaders(root, { mayInstall });
  return { libtorch, isBuilt: await ensureAddon(root, libtorch, options) };
}

/**
 * The command `weight-search setup`: says each step in a line.
 *
 * @param {string} root the folder of this package
 * @param {{ mayInstall?: boolean }} [options]
 * @returns {Promise<number>} the exit code: 0, 1 when a step failed, 2 when something is missing that the person has to get
 */
export function setUpPackage(root, { mayInstall = true } = {}) {
  return reportFailure(async () => {
    await takeLock(join(root, "build/.setup-lock"));
    const { libtorch, isBuilt } = await ensureNative(root, { mayInstall, mustLoad: true });
    const done = isBuilt ? "done: the native addon is built" : "nothing to do: the native addon is up to date";
    say(`${done} (LibTorch ${libtorch.version} in ${libtorch.prefix})`);
  });
}

/** Runs steps; a failure is said, and its exit code returned. */
export async function reportFailure(steps) {
  try {
    await steps();
    return 0;
  } catch (error) {
    // A stack says nothing to someone who wants to run this; a bug in the set-up itself shows it with DEBUG=1.
    say(`failed: ${error.message}`);
    if (process.env.DEBUG && !(error instanceof SetupFailure)) console.error(error);
    return error.exitCode ?? 1;
  }
}
