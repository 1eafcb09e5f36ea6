#!/usr/bin/env node
/**
 * Runs the tests: all of them, or the files and folders named. Other arguments go to Node's test runner, as in
 * `npm test -- --test-name-pattern softmax src/tensor`. A test may be named by its TypeScript source.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Test files at a time. Fixed, so that a run on many cores meets the same contention as the CI's two. */
const NUM_FILES_AT_ONCE = 2;

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const { flags, named } = sortArguments(process.argv.slice(2));
const missing = named.filter((path) => testsUnder(compiled(path)).length === 0);
const files = (named.length > 0 ? named.map(compiled) : ["dist/src", "dist/tests", "scripts"]).flatMap(testsUnder);
if (missing.length > 0 || files.length === 0) {
  const where = missing.length > 0 ? missing.join(", ") : "dist/src, dist/tests and scripts";
  console.error(`No compiled test in ${where}: run \`npm run setup\` if it was never compiled.`);
  process.exit(1);
}
if (!process.env.WEIGHT_SEARCH_DATA) {
  console.log("WEIGHT_SEARCH_DATA is not set: tests that need the real data sets will be skipped.");
}

const { status } = spawnSync(
  process.execPath,
  ["--test", `--test-concurrency=${NUM_FILES_AT_ONCE}`, "--test-reporter=spec", ...flags, ...files],
  { cwd: root, stdio: "inherit", env: { OMP_NUM_THREADS: String(numThreads()), ...process.env } },
);
process.exit(status ?? 1);

/** The cores shared out among the test files: OpenMP threads spin, and more threads than cores make a step ten times slower. */
function numThreads() {
  return Math.max(1, Math.floor(availableParallelism() / NUM_FILES_AT_ONCE));
}

/** Flags (with a value that follows as a word of its own) and the paths of tests. */
function sortArguments(args) {
  const flags = [];
  const named = [];
  for (const [i, arg] of args.entries()) {
    const isValue = /^--[\w-]+$/.test(args[i - 1] ?? "") && !existsSync(join(root, compiled(arg)));
    if (arg.startsWith("-") || isValue) flags.push(arg);
    else named.push(arg);
  }
  return { flags, named };
}

/** Where a test or a folder of tests is once compiled; given as source or compiled, from the current folder. */
function compiled(path) {
  const inRoot = relative(root, resolve(path));
  const isSource = /^(src|tests)(\/|$)/.test(inRoot);
  return isSource ? join("dist", inRoot).replace(/\.ts$/, ".js") : inRoot;
}

/** The test files in a folder of the repository, or the file itself. */
function testsUnder(path) {
  const full = join(root, path);
  if (!existsSync(full)) return [];
  if (statSync(full).isFile()) return [path];
  return readdirSync(full, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      if (entry.isDirectory()) return testsUnder(join(path, entry.name));
      return /\.test\.m?js$/.test(entry.name) ? [join(path, entry.name)] : [];
    });
}
