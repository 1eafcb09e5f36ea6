// Every example runs, on settings so small that only its working is tested, and imports what the package exports alone.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, test } from "node:test";
import { ROOT } from "./support/command.js";

const folder = mkdtempSync(join(tmpdir(), "weight-search-examples-"));
after(() => rmSync(folder, { recursive: true }));

const MAX_LINES = 40;

/** What each example is run with, and what it must print. */
const RUNS: Readonly<Record<string, { readonly args: (workDir: string) => string[]; readonly printed: RegExp }>> = {
  "fine-tune": { args: (workDir) => [workDir, "1", "1"], printed: /^(\S+synthetic-resnet20\S+: top-1 [\d.]+ %\n){2}$/ },
  "own-dataset": {
    args: (workDir) => [workDir, "1", "64"],
    printed: /^epoch 1: top-1 [\d.]+ %\nrun: .*stripes-resnet20/,
  },
  "own-network": {
    args: (workDir) => [workDir, "1", "2"],
    printed: /^epoch 1: top-1 [\d.]+ %\nrun: .*synthetic-separable/,
  },
  "vision-transformer": {
    args: (workDir) => [workDir, "1", "2"],
    printed: /^\S+synthetic-vision-transformer\S+: top-1 [\d.]+ %\n$/,
  },
  tensors: { args: () => ["50"], printed: /^step 50: loss \d\.\de-\d\nw = \[2,-3\], b = 0\.5\n$/ },
};

const files = readdirSync(join(ROOT, "examples")).filter((file) => file.endsWith(".ts"));

test("every example is run, and listed in examples/README.md", () => {
  const readme = readFileSync(join(ROOT, "examples/README.md"), "utf8");
  assert.deepEqual(files.map((file) => basename(file, ".ts")).sort(), Object.keys(RUNS).sort());
  for (const file of files) assert.ok(readme.includes(`[${file}](${file})`), file);
});

for (const file of files) {
  test(`examples/${file}: short, of public imports, and it runs`, () => {
    const text = readFileSync(join(ROOT, "examples", file), "utf8");
    assert.ok(text.trimEnd().split("\n").length <= MAX_LINES, file);
    for (const [, from = ""] of text.matchAll(/from "([^"]+)"/g))
      assert.match(from, /^(weight-search(\/[a-z]+)?|node:.*)$/);
    const { args, printed } = RUNS[basename(file, ".ts")] ?? { args: () => [], printed: /^$/ };
    const script = join(ROOT, "dist/examples", file.replace(/\.ts$/, ".js"));
    const workDir = join(folder, basename(file, ".ts"));
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args(workDir)], { encoding: "utf8" });
    assert.deepEqual([status, stderr], [0, ""]);
    assert.match(stdout, printed);
  });
}
