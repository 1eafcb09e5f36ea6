import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { cudaDevices } from "../../src/tensor/runtime.js";
import { weightSearch } from "../support/command.js";
import { shortRun } from "../support/short-run.js";

const workDir = mkdtempSync(join(tmpdir(), "weight-search-device-"));
after(() => rmSync(workDir, { recursive: true }));

test("--device cpu trains there and says so", () => {
  const { directory, stdout } = shortRun(workDir, "--device", "cpu");
  assert.match(stdout, /^resnet20, .* seed 0, cpu, 1 thread, /);
  assert.equal(JSON.parse(readFileSync(join(directory, "config.json"), "utf8")).device, "cpu");
});

test("what small images in memory make no use of is noted", () => {
  const { stderr } = shortRun(workDir, "--workers", "2");
  assert.match(stderr, /^note: --workers makes no difference: [^\n]+\n$/);
  assert.equal(shortRun(workDir).stderr, "");
});

const hasCuda = cudaDevices() > 0;

for (const flags of [
  ["--gpu", "0"],
  ["--device", "cuda"],
  ["--device", "cuda:0"],
]) {
  test(`${flags.join(" ")} without CUDA: one line, exit 2`, { skip: hasCuda && "this machine has CUDA" }, () => {
    const { code, stdout, stderr } = weightSearch(["train", "-o", join(workDir, "none"), ...flags]);
    assert.match(
      stderr,
      /^error: option --(gpu 0|device cuda(:0)?): expected a CUDA device, found none that LibTorch [^\n]+ can use\n$/,
    );
    assert.deepEqual([stdout, code], ["", 2]);
  });

  test(`${flags.join(" ")} with CUDA trains there`, { skip: !hasCuda && "this machine has no CUDA" }, () => {
    assert.match(shortRun(workDir, ...flags).stdout, /^resnet20, .* seed 0, cuda:0, /);
  });
}
