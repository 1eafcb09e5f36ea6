// Every example runs, on settings so small that only its working is tested, and imports what the package exports alone.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, test } from "node:test";
import { ROOT } from "./support/command.js";

const folder = mkdtempSync(join(tmpdir(), "weight-search-examples-"));
after(() => rmSync(folder, { recursive: true }));

const MAX_LINES = 40;

/** What each example is run with, and what it must print. */
const RUNS: Readonly<
  Record<string, { readonly args: (workDir: string) => string[]; readonly printed: RegExp; readonly noted?: RegExp }>
> = {
  "fine-tune": { args: (workDir) => [workDir, "1", "1"], printed: /^(\S+synthetic-resnet20\S+: top-1 [\d.]+ %\n){2}$/ },
  // Without a scale, which the note is about.
  mnist: {
    args: (workDir) => [mnistFolder(), workDir, "1", "2", "0", "none"],
    printed: /^epoch 1: top-1 [\d.]+ %\nrun: .*mnist-mnist-mlp/,
    noted: /WeightSearchNote: 1, 3, 5: searched with neither a scale nor a normalization behind them/,
  },
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

/** A folder with MNIST's files, of a few grey images. */
function mnistFolder(): string {
  const path = mkdtempSync(join(folder, "mnist-"));
  for (const [part, count] of [
    ["train", 40],
    ["t10k", 20],
  ] as const) {
    const header = (...numbers: number[]) => Buffer.from(Uint32Array.from(numbers).buffer).swap32();
    const pixels = Buffer.from(Array.from({ length: count * 784 }, (_, index) => (index * 7) % 256));
    const labels = Buffer.from(Array.from({ length: count }, (_, index) => index % 10));
    writeFileSync(join(path, `${part}-images-idx3-ubyte`), Buffer.concat([header(0x803, count, 28, 28), pixels]));
    writeFileSync(join(path, `${part}-labels-idx1-ubyte`), Buffer.concat([header(0x801, count), labels]));
  }
  return path;
}

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
    const { args, printed, noted = /^$/ } = RUNS[basename(file, ".ts")] ?? { args: () => [], printed: /^$/ };
    const script = join(ROOT, "dist/examples", file.replace(/\.ts$/, ".js"));
    const workDir = join(folder, basename(file, ".ts"));
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args(workDir)], { encoding: "utf8" });
    assert.equal(status, 0, stderr);
    assert.match(stderr, noted);
    assert.match(stdout, printed);
  });
}
