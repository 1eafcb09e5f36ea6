import { existsSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { packageRoot } from "../system/package-root.js";
import { setupCommand } from "../system/setup-command.js";
import { threadsFromEnvironment } from "../system/thread-variable.js";
import { InputError } from "../text/errors.js";
import { hasErrorCode } from "./addon-error.js";
import type { Addon, DistributedAddon } from "./addon-functions.js";

let loaded: Addon | undefined;

/**
 * GNU OpenMP's threads wait for each other by spinning some milliseconds long before they sleep. Where another process
 * uses the cores too, that starves the thread that is waited for: a step then takes many times as long. A tenth of a
 * millisecond loses nothing on a quiet machine. OpenMP reads this when it is loaded, that is, with the addon.
 */
function limitSpinning(): void {
  if (process.env["OMP_WAIT_POLICY"] === undefined) process.env["GOMP_SPINCOUNT"] ??= "5000";
}

/** c10d logs every try to reach a process that is not there yet. If none succeeds, an error reports it. */
function quietC10d(): void {
  process.env["TORCH_CPP_LOG_LEVEL"] ??= "FATAL";
  // Debian's LibTorch writes through glog, whose levels are numbers.
  process.env["GLOG_minloglevel"] ??= "3";
}

/** OpenMP writes lines of its own about a variable that is empty or wrong, when it is loaded. Throws InputError if wrong. */
function checkThreads(): void {
  if (threadsFromEnvironment() === undefined) delete process.env["OMP_NUM_THREADS"];
}

/**
 * The file of the addon that the set-up built, or that WEIGHT_SEARCH_ADDON names: one built otherwise, as with sanitizers. To
 * know that there is one takes no time, unlike loading it.
 * @throws InputError when there is none
 */
export function addonPath(): string {
  const asked = process.env["WEIGHT_SEARCH_ADDON"];
  if (asked === undefined) {
    const built = join(packageRoot(), "build", "weight_search.node");
    if (!existsSync(built)) throw new InputError(`the native addon is not built: run \`${setupCommand()}\``);
    return built;
  }
  const path = resolve(asked);
  // By its ending, since Node would run any other file as JavaScript.
  if (!path.endsWith(".node") || !statSync(path, { throwIfNoEntry: false })?.isFile()) {
    throw new InputError(`WEIGHT_SEARCH_ADDON: expected the file of a native addon, *.node, found "${asked}"`);
  }
  return path;
}

/**
 * Loads the addon, and with it LibTorch (about a second), when it is first needed.
 * @throws InputError when it is not built, or one of the environment variables `WEIGHT_SEARCH_*` has a value that is not
 *   known or does not serve; Error when it does not load
 */
export function addon(): Addon {
  if (loaded === undefined) {
    checkThreads();
    limitSpinning();
    quietC10d();
    const path = addonPath();
    try {
      loaded = createRequire(import.meta.url)(path) as Addon;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (hasErrorCode(error, "ERR_ENVIRONMENT")) throw new InputError(message);
      if (process.env["WEIGHT_SEARCH_ADDON"] !== undefined) {
        throw new InputError(`WEIGHT_SEARCH_ADDON: ${path} does not load as an addon: ${reason(message, path)}`);
      }
      throw new Error(
        `the native addon ${path} does not load: ${reason(message, path)}. Likely causes: LibTorch was moved, removed or ` +
          `updated since the build, or the addon was built for another machine. Run \`${setupCommand()}\` to build it again.`,
      );
    }
  }
  return loaded;
}

/** Why a library does not load, as the system says it, whose first word is often the library's path. */
function reason(message: string, path: string): string {
  const [line = ""] = message.split("\n", 1);
  return line.startsWith(`${path}: `) ? line.slice(path.length + 2) : line;
}

/** The addon where it can train over several processes. Throws Error, with what to do about it, where it cannot. */
export function distributedAddon(): DistributedAddon {
  const built = addon() as Addon & Partial<DistributedAddon>;
  if (built.openProcessGroup !== undefined) return built as Addon & DistributedAddon;
  throw new Error(
    "the native addon was built without c10d's Gloo, which training over several processes needs: install its headers (Debian's " +
      `package libgloo-dev) and run \`${setupCommand()}\``,
  );
}
