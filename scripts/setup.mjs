#!/usr/bin/env node
/**
 * The whole set-up of a fresh clone, on a machine with Node 20, npm and a C++ compiler; or nothing at all, if it is done.
 *
 * Each step says in one line what it does, and is skipped when its result is there. Exit codes: 1 when a step failed,
 * 2 when something is missing that the person has to get.
 */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensurePackages } from "./repository/packages.mjs";
import { ensureCompiled } from "./repository/typescript.mjs";
import { SetupFailure } from "./setup/failure.mjs";
import { takeLock } from "./setup/lock.mjs";
import { ensureNative, reportFailure } from "./setup/native.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** In CI, which sets this variable. */
const warningsAreErrors = !["", "0", "false"].includes(process.env.CI ?? "");

process.exitCode = await reportFailure(async () => {
  if (process.argv.length > 2)
    throw new SetupFailure([`takes no arguments, but was given ${process.argv.slice(2).join(" ")}`], 2);
  await takeLock(join(root, "build/.setup-lock"));
  await ensurePackages(root);
  await ensureNative(root, { warningsAreErrors });
  await ensureCompiled(root);
});
