import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { packageRoot } from "../system/package-root.js";

/** The LibTorch that the addon named by WEIGHT_SEARCH_ADDON runs, or the name and message of what loading it threw. */
function loading(path: string): string {
  const module = JSON.stringify(new URL("./addon.js", import.meta.url).href);
  const program = `
    const { addon } = await import(${module});
    try { console.log(addon().versions().libtorch) } catch (error) { console.log(error.name + ": " + error.message) }`;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    encoding: "utf8",
    env: { ...process.env, WEIGHT_SEARCH_ADDON: path },
  });
  return stdout.trim();
}

test("WEIGHT_SEARCH_ADDON names the addon to load; what is none is the user's mistake", (t) => {
  assert.match(loading(join(packageRoot(), "build", "weight_search.node")), /^\d+\.\d+/);
  for (const path of ["no/such.node", "", packageRoot()]) {
    const expected = `WEIGHT_SEARCH_ADDON: expected the file of a native addon, *.node, found "${path}"`;
    assert.equal(loading(path), `InputError: ${expected}`);
  }
  const folder = mkdtempSync(join(tmpdir(), "addon-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const text = join(folder, "text.node");
  writeFileSync(text, "no addon");
  assert.match(loading(text), /^InputError: WEIGHT_SEARCH_ADDON: .*text\.node does not load as an addon: /);
});
