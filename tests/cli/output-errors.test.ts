import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import { test } from "node:test";
import { ROOT } from "../support/command.js";

const PROGRAM = `${ROOT}/bin/weight-search.mjs`;
const TRAINING = ["train", "--epochs", "3", "--limit-batches", "1", "--batch-size", "2", "--threads", "1", "--no-save"];

/** Runs the command line with a reader that goes away at once; its code and what it said on standard error. */
function unread(...args: string[]): { code: number | null; stderr: string } {
  const script = `"$0" "$@" 2>&3 3>&- | :; exit "\${PIPESTATUS[0]}"`;
  const { status, output } = spawnSync("bash", ["-c", script, process.execPath, PROGRAM, ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  return { code: status, stderr: `${output[2]}${output[3]}` };
}

for (const args of [TRAINING, ["summary"], ["train", "--help"]]) {
  test(`${args.slice(0, 2).join(" ")}: a closed pipe ends it in silence`, () => {
    const { code, stderr } = unread(...args);
    assert.equal(stderr, "");
    assert.equal(code, 141);
  });
}

test("a full disk behind standard output is one line, exit 1", { skip: !existsSync("/dev/full") }, () => {
  const full = openSync("/dev/full", "w");
  const { status, stderr } = spawnSync(process.execPath, [PROGRAM, "summary"], {
    encoding: "utf8",
    stdio: ["ignore", full, "pipe"],
  });
  closeSync(full);
  assert.match(stderr, /^error: standard output: cannot be written: no space left on device[^\n]*\n$/);
  assert.equal(status, 1);
});
