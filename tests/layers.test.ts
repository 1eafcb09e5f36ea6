import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { ROOT } from "./support/command.js";

// A tree with our linter's settings, in which files break the layers on purpose.
const tree = mkdtempSync(join(tmpdir(), "weight-search-layers-"));
copyFileSync(join(ROOT, "biome.json"), join(tree, "biome.json"));
after(() => rmSync(tree, { recursive: true }));

/** What the linter says of a file of this path with this import. */
function lint(path: string, imported: string): string {
  const file = join(tree, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `import { thing } from "${imported}";\n\nthing();\n`);
  const biome = join(ROOT, "node_modules/.bin/biome");
  const { stdout, stderr } = spawnSync(biome, ["lint", "--vcs-enabled=false", path], { cwd: tree, encoding: "utf8" });
  return stdout + stderr;
}

const BANNED = [
  ["src/tensor/new.ts", "../search/sample.js"],
  ["src/search/new.ts", "../nn/module.js"],
  ["src/nn/new.ts", "../models/registry.js"],
  ["src/data/new.ts", "../train/fit.js"],
  ["src/optim/new.ts", "../search/sample.js"],
  ["src/run/new.ts", "../tensor/tensor.js"],
  ["src/config/new.ts", "../train/fit.js"],
  ["src/train/new.ts", "../cli/train.js"],
  ["src/plots/new.ts", "../train/fit.js"],
] as const;

for (const [path, imported] of BANNED) {
  test(`the linter bans ${imported} from ${path}`, () => {
    assert.match(lint(path, imported), /noRestrictedImports[\s\S]*may import only/);
  });
}

test("the linter allows imports to the left", () => {
  assert.match(lint("src/train/new.ts", "../tensor/tensor.js"), /Checked 1 file/);
  assert.doesNotMatch(lint("src/cli/new.ts", "../train/fit.js"), /noRestrictedImports/);
});
