#!/usr/bin/env node
/** Starts the command line, or says how to build it. */
import { existsSync } from "node:fs";

const main = new URL("../dist/src/cli/main.js", import.meta.url);
if (existsSync(main)) {
  await import(main.href);
} else {
  console.error("weight-search is not built yet: run `npm run setup`");
  process.exitCode = 1;
}
