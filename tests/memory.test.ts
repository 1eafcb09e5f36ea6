import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const MEBIBYTE = 2 ** 20;

/** Runs a script of tests/support with the garbage collector at hand, and reads the JSON it prints. */
function run<Result>(script: string): Result {
  const path = fileURLToPath(new URL(`./support/${script}`, import.meta.url));
  return JSON.parse(execFileSync(process.execPath, ["--expose-gc", path], { encoding: "utf8" }));
}

test("2,000 training steps in scopes leave no tensor behind, and memory flat", () => {
  const result = run<{ liveBefore: number; liveAfter: number; grownBytes: number }>("train-small-network.js");
  assert.equal(result.liveAfter, result.liveBefore);
  assert.ok(result.grownBytes < 10 * MEBIBYTE, `grew by ${result.grownBytes / MEBIBYTE} MiB`);
});

test("tensors made outside every scope and forgotten are freed after a collection", () => {
  assert.deepEqual(run("forget-tensors.js"), { made: 1000, left: 0, kept: true });
});
