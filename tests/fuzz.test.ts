import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { packageRoot } from "../src/system/package-root.js";
import { addon } from "../src/tensor/addon.js";
import { EXPORT_CALLS } from "./support/fuzz/export-calls.js";
import { VALID } from "./support/fuzz/kernel-calls.js";
import { OURS } from "./support/fuzz/operator-calls.js";

const SCRIPT = fileURLToPath(new URL("./support/fuzz.js", import.meta.url));

test("thousands of calls with arguments that are often wrong: results or Errors, never a crash", () => {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, "1", "0", "4000"], {
    encoding: "utf8",
  });
  assert.equal(status, 0, `${signal ?? ""}\n${stderr.slice(0, 2000)}`);
  const { returned, refused, live } = JSON.parse(stdout);
  assert.ok(returned > 1200 && refused > 800, stdout);
  assert.equal(live, 0);
});

/** The operators that the C++ files of native/ register, whether or not this build has all of them. */
function registered(): string[] {
  const folder = join(packageRoot(), "native");
  const files = readdirSync(folder, { encoding: "utf8", recursive: true }).filter((name) => name.endsWith(".cc"));
  const sources = files.map((name) => readFileSync(join(folder, name), "utf8"));
  const named = (definition: RegExp) =>
    sources.flatMap((source) => [...source.matchAll(definition)].map((match) => match[1] ?? ""));
  const composed = named(/defineComposed\(library,\s*"([\w.]+)\(/g);
  return [...named(/library\.def\(\s*"([\w.]+)\(/g), ...composed, ...composed.map((name) => `composed_${name}`)];
}

test("the fuzzer calls every custom operator and every function of the addon", () => {
  const operators = registered().sort();
  assert.ok(operators.length > 15, String(operators));
  assert.deepEqual(OURS.filter((_, i) => i % 2 === 0).sort(), operators);
  assert.deepEqual(Object.keys(VALID).sort(), operators);
  assert.deepEqual(Object.keys(EXPORT_CALLS).sort(), Object.keys(addon()).sort());
});
