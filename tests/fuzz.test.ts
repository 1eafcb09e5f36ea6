import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const SCRIPT = fileURLToPath(new URL("./support/fuzz.js", import.meta.url));

test("thousands of operator calls with arguments that are often wrong: results or Errors, never a crash", () => {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, "1", "2000"], { encoding: "utf8" });
  assert.equal(status, 0, `${signal ?? ""}\n${stderr.slice(0, 2000)}`);
  const { returned, refused, live } = JSON.parse(stdout);
  assert.ok(returned > 300 && refused > 300, stdout);
  assert.equal(live, 0);
});
