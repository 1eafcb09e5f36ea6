#!/usr/bin/env node
/** Starts the command line, or says what keeps it from starting. */
import { existsSync, readFileSync } from "node:fs";

const { engines } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
const main = new URL("../dist/src/cli/main.js", import.meta.url);
const problem = obstacle();
if (problem === undefined) {
  await import(main.href);
} else {
  console.error(`error: ${problem}`);
  process.exitCode = 2;
}

function obstacle() {
  const [needed, found] = [engines.node.replace(/^>=/, ""), process.versions.node];
  const [left, right] = [needed, found].map((version) => version.split(".").map(Number));
  const isOld = right[0] < left[0] || (right[0] === left[0] && right[1] < left[1]);
  if (isOld) return `Node ${needed} or newer is needed, found ${found}`;
  return existsSync(main) ? undefined : "weight-search is not built yet: run `npm run setup`";
}
