import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
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
  const { device, precision } = JSON.parse(readFileSync(join(directory, "config.json"), "utf8"));
  assert.deepEqual([device, precision], ["cpu", "float32"]);
});

for (const precision of ["tf32", "bf16"]) {
  test(`--precision ${precision} on the CPU: one line, exit 2, nothing written`, () => {
    const { directory } = shortRun(workDir);
    for (const command of [
      ["train", "-o", join(workDir, "none")],
      ["evaluate", directory],
    ]) {
      const { code, stdout, stderr } = weightSearch([...command, "--device", "cpu", "--precision", precision]);
      assert.equal(stderr, `error: option --precision ${precision}: expected a CUDA device, found cpu\n`);
      assert.deepEqual([stdout, code], ["", 2]);
    }
    assert.equal(existsSync(join(workDir, "none")), false);
  });
}

test("--precision float32 is what the CPU does, and another value is an error", () => {
  assert.match(shortRun(workDir, "--device", "cpu", "--precision", "float32").stdout, / seed 0, cpu, 1 thread, /);
  const { code, stderr } = weightSearch(["train", "--precision", "fp16"]);
  assert.equal(stderr, 'error: option --precision: expected one of float32, tf32, bf16, received "fp16"\n');
  assert.equal(code, 2);
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

  for (const precision of ["tf32", "bf16"]) {
    test(`${flags.join(" ")} with CUDA trains in ${precision}`, {
      skip: !hasCuda && "this machine has no CUDA",
    }, () => {
      const { directory, stdout } = shortRun(workDir, ...flags, "--precision", precision);
      assert.match(stdout, new RegExp(`^resnet20, .* seed 0, cuda:0, ${precision}, `));
      assert.equal(JSON.parse(readFileSync(join(directory, "config.json"), "utf8")).precision, precision);
    });
  }
}
