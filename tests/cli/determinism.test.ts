// What a run computes follows from its command, its seed and its data; what else it depends on is recorded.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { tensorsFile } from "../../src/run/checkpoint-file.js";
import { versions } from "../../src/tensor/runtime.js";
import { beginArgs, checkSame, newestCheckpoint, runIn } from "../faults/trial.js";
import { ROOT, weightSearch } from "../support/command.js";
import { folderFlags, makeImageFolder, writeTransforms } from "../support/image-folder.js";

const folder = mkdtempSync(join(tmpdir(), "weight-search-determinism-"));
after(() => rmSync(folder, { recursive: true }));

const data = folderFlags(
  await makeImageFolder(join(folder, "images")),
  writeTransforms(join(folder, "transforms.json"), 32),
);

/** Trains searched weights with noise, on images that are cropped and flipped; returns the run directory. */
function run(name: string, seed: number): string {
  const workDir = join(folder, name);
  const args = [...beginArgs({ weights: "2-bit", batches: 3, data }, workDir), "--seed", String(seed)];
  const { code, stderr } = weightSearch(args);
  assert.equal(code, 0, stderr);
  const directory = runIn(workDir);
  assert.ok(directory);
  return directory;
}

const first = run("first", 3);

test("the same seed and threads are bit-exact, another seed differs", () => {
  checkSame(first, run("second", 3));
  const other = run("other", 4);
  const files = (directory: string) => [
    ...["model", "state", "best"].map((name) => join(directory, `${name}.safetensors`)),
    tensorsFile(newestCheckpoint(directory)),
  ];
  for (const [index, path] of files(first).entries()) {
    assert.ok(!readFileSync(path).equals(readFileSync(files(other)[index] ?? "")), path);
  }
});

test("a run records what its bits depend on", () => {
  const { seed, threads, versions: used, machine } = JSON.parse(readFileSync(join(first, "config.json"), "utf8"));
  assert.equal(seed, 3);
  assert.equal(threads, 1);
  assert.equal(machine.threads, 1);
  const { libtorch, kernels, winograd, jpeg } = versions();
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const { commit, ...others } = used;
  assert.deepEqual(others, { package: version, node: process.versions.node, libtorch, kernels, winograd, jpeg });
  assert.match(commit, /^([0-9a-f]{40}(-dirty)?|unknown)$/);
  assert.match(libtorch, /^\d+\.\d+/);
  const { platform, cpu, cores, instructionSets, environment } = machine;
  assert.equal(platform, `${process.platform}-${process.arch}`);
  assert.ok(typeof cpu === "string" && cpu !== "" && cores >= 1);
  if (process.platform === "linux") assert.ok(instructionSets.length > 0);
  // Only what is set.
  assert.deepEqual(
    Object.keys(environment).filter((name) => process.env[name] === undefined),
    [],
  );
});
