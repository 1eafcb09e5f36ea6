import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { packageRoot } from "../system/package-root.js";
import { addon } from "./addon.js";

const FILE = join(packageRoot(), "src/tensor/addon-functions.ts");
const skip =
  addon().declarations().interfaces["DistributedAddon"] === undefined &&
  "the addon was built without the functions for several processes (no Gloo headers)";

/** Compares a file of declarations with those that the addon was built with. */
function check(path: string) {
  const script = join(packageRoot(), "scripts/addon-functions.mjs");
  return spawnSync(process.execPath, [script, "--check", path], { encoding: "utf8" });
}

test("the TypeScript interfaces are those of the addon's registrations", { skip }, () => {
  const { status, stderr } = check(FILE);
  assert.equal(status, 0, stderr);
});

test("a function of another name or signature is found", { skip }, (t) => {
  const folder = mkdtempSync(join(tmpdir(), "addon-functions-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const text = readFileSync(FILE, "utf8");
  for (const [from, to] of [
    ["  isLive(", "  isAlive("],
    ["moveTo(tensor: Handle, device: string)", "moveTo(tensor: Handle, device: number)"],
    ["  groupAdd(group: number, key: string, amount: number): number;\n", ""],
    ["ERR_OUT_OF_MEMORY", "ERR_NO_MEMORY"],
  ] as const) {
    assert.ok(text.includes(from), from);
    const changed = join(folder, "addon-functions.ts");
    writeFileSync(changed, text.replace(from, to));
    const { status, stderr } = check(changed);
    assert.equal(status, 1);
    assert.match(stderr, /addon-functions\.ts:\d+: expected ".*", found "/);
  }
});
