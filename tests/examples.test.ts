// Every example runs, and imports what the package exports alone.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, test } from "node:test";
import { ROOT } from "./support/command.js";
import { EXAMPLE_RUNS } from "./support/example-runs.js";

const folder = mkdtempSync(join(tmpdir(), "weight-search-examples-"));
after(() => rmSync(folder, { recursive: true }));

const MAX_LINES = 40;

const files = readdirSync(join(ROOT, "examples")).filter((file) => file.endsWith(".ts"));

test("every example is run, and listed in examples/README.md", () => {
  const readme = readFileSync(join(ROOT, "examples/README.md"), "utf8");
  assert.deepEqual(files.map((file) => basename(file, ".ts")).sort(), Object.keys(EXAMPLE_RUNS).sort());
  for (const file of files) assert.ok(readme.includes(`[${file}](${file})`), file);
});

for (const file of files) {
  test(`examples/${file}: short, of public imports, and it runs`, () => {
    const text = readFileSync(join(ROOT, "examples", file), "utf8");
    assert.ok(text.trimEnd().split("\n").length <= MAX_LINES, file);
    for (const [, from = ""] of text.matchAll(/from "([^"]+)"/g))
      assert.match(from, /^(weight-search(\/[a-z]+)?|node:.*)$/);
    const { args, printed, noted = /^$/ } = EXAMPLE_RUNS[basename(file, ".ts")] ?? { args: () => [], printed: /^$/ };
    const script = join(ROOT, "dist/examples", file.replace(/\.ts$/, ".js"));
    const runArguments = args(join(folder, basename(file, ".ts")), folder);
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...runArguments], { encoding: "utf8" });
    assert.equal(status, 0, stderr);
    assert.match(stderr, noted);
    assert.match(stdout, printed);
  });
}
