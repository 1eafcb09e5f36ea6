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
  ["src/text/new.ts", "../system/paths.js"],
  ["src/system/new.ts", "../formats/safetensors.js"],
  ["src/formats/new.ts", "../tensor/tensor.js"],
  ["src/tensor/new.ts", "../search/sample.js"],
  ["src/search/new.ts", "../nn/module.js"],
  ["src/nn/new.ts", "../models/registry.js"],
  ["src/nn/files/new.ts", "../../run/directory.js"],
  ["src/data/new.ts", "../train/loop.js"],
  ["src/optim/new.ts", "../search/sample.js"],
  ["src/distributed/new.ts", "../run/best-epoch.js"],
  ["src/distributed/new.ts", "../cli/main.js"],
  ["src/config/new.ts", "../train/loop.js"],
  ["src/config/new.ts", "../models/registry.js"],
  ["src/run/new.ts", "../tensor/tensor.js"],
  ["src/run/new.ts", "../train/loop.js"],
  ["src/train/new.ts", "../cli/main.js"],
  ["src/train/new.ts", "../report/report.js"],
  ["src/train/new.ts", "../public/train.js"],
  ["src/models/new.ts", "../data/dataset.js"],
  ["src/export/new.ts", "../run/directory.js"],
  ["src/report/new.ts", "../tensor/tensor.js"],
  ["src/plots/new.ts", "../train/loop.js"],
  ["src/plots/new.ts", "../tensor/tensor.js"],
  ["src/plots/new.ts", "../cli/main.js"],
  ...["tensor", "search", "nn", "models", "data", "optim", "config", "run", "export", "plots", "report"].map(
    (layer) => [`src/${layer}/new.ts`, "../distributed/environment.js"] as const,
  ),
  // Folders inside a layer, from where the way to the others is longer.
  ["src/data/images/new.ts", "../../search/sample.js"],
  ["src/data/images/new.ts", "../../config/transform.js"],
  ["src/data/images/transforms/new.ts", "../../../nn/module.js"],
  ["src/data/images/transforms/new.ts", "../../../distributed/environment.js"],
] as const;

for (const [path, imported] of BANNED) {
  test(`the linter bans ${imported} from ${path}`, () => {
    assert.match(lint(path, imported), /noRestrictedImports[\s\S]*may import only/);
  });
}

test("the linter allows imports to the left", () => {
  for (const [path, imported] of [
    ["src/train/new.ts", "../tensor/tensor.js"],
    ["src/train/new.ts", "../run/best-epoch.js"],
    ["src/train/new.ts", "../distributed/environment.js"],
    ["src/distributed/new.ts", "../tensor/tensor.js"],
    ["src/distributed/new.ts", "../text/errors.js"],
    ["src/cli/new.ts", "../train/loop.js"],
    ["src/cli/new.ts", "../plots/curves.js"],
    ["src/cli/new.ts", "../distributed/environment.js"],
    ["src/plots/new.ts", "../search/value-set-text.js"],
    ["src/plots/new.ts", "../run/best-epoch.js"],
    ["src/config/new.ts", "../data/images/transforms/order.js"],
    ["src/data/images/new.ts", "../../tensor/tensor.js"],
    ["src/data/images/new.ts", "../../text/errors.js"],
    ["src/data/images/transforms/new.ts", "../../prng.js"],
  ] as const) {
    const said = lint(path, imported);
    assert.match(said, /Checked 1 file/);
    assert.doesNotMatch(said, /noRestrictedImports/, `${imported} from ${path}`);
  }
});
