#!/usr/bin/env node
/**
 * The whole set-up of a fresh clone, on a machine with Node 20, npm and a C++ compiler; or nothing at all, if it is done.
 *
 * Each step says in one line what it does, and is skipped when its result is there. Exit codes: 1 when a step failed,
 * 2 when something is missing that the person has to get.
 */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureAddon } from "./setup/addon.mjs";
import { SetupFailure } from "./setup/failure.mjs";
import { ensureHeaders } from "./setup/headers.mjs";
import { ensureLibtorch } from "./setup/libtorch.mjs";
import { takeLock } from "./setup/lock.mjs";
import { ensurePackages } from "./setup/packages.mjs";
import { say } from "./setup/say.mjs";
import { ensureCompiled } from "./setup/typescript.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

try {
  if (process.argv.length > 2)
    throw new SetupFailure([`takes no arguments, but was given ${process.argv.slice(2).join(" ")}`], 2);
  await takeLock(join(root, "build/.setup-lock"));
  await ensurePackages(root);
  const libtorch = await ensureLibtorch(root);
  await ensureHeaders(root);
  await ensureAddon(root, libtorch);
  await ensureCompiled(root);
} catch (error) {
  // A stack says nothing to someone who wants to run this; a bug in the set-up itself shows it with DEBUG=1.
  say(`failed: ${error.message}`);
  if (process.env.DEBUG && !(error instanceof SetupFailure)) console.error(error);
  process.exitCode = error.exitCode ?? 1;
}
