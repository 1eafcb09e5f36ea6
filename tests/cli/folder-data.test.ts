import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { readMetrics } from "../../src/run/metrics-jsonl.js";
import { weightSearch } from "../support/command.js";
import { makeImage } from "../support/image.js";
import { folderFlags, makeImageFolder, writeTransforms } from "../support/image-folder.js";
import { shortRun } from "../support/short-run.js";

const workDir = mkdtempSync(join(tmpdir(), "weight-search-folder-"));
after(() => rmSync(workDir, { recursive: true }));

const TRANSFORMS = writeTransforms(join(workDir, "transforms.json"), 16);
const good = await makeImageFolder(join(workDir, "good"));
const bad = await makeImageFolder(join(workDir, "bad"));
const BAD = [join(bad, "train/ant/1.jpg"), join(bad, "train/cow/0.png"), join(bad, "val/bee/2.png")];
for (const path of BAD) writeFileSync(path, readFileSync(path).subarray(0, 30));

const args = (folder: string) => [...folderFlags(folder, TRANSFORMS), "--limit-batches", "9"];

test("a folder of images trains, the same whatever the number of workers", () => {
  const records = ["1", "2"].map((workers) => {
    const { directory, stdout, stderr } = shortRun(workDir, ...args(good), "--workers", workers);
    assert.match(stdout, /^resnet20, float weights \| folder: 12 train, 12 val, 3 classes \| /);
    assert.equal(stderr, "");
    const [{ train, val, skippedImages, dataWaitSeconds }] = readMetrics(join(directory, "metrics.jsonl")) as [
      ReturnType<typeof readMetrics>[number],
    ];
    assert.equal(skippedImages, 0);
    assert.ok(dataWaitSeconds > 0);
    return { train, val };
  });
  assert.deepEqual(records[0], records[1]);
});

test("an image that cannot be read ends the run with one line, exit 2", () => {
  const results = join(workDir, "ended");
  for (const flags of [[], ["--on-bad-image", "error"]]) {
    const { code, stderr } = weightSearch([
      "train",
      "--epochs",
      "1",
      "--threads",
      "1",
      "-o",
      results,
      ...args(bad),
      ...flags,
    ]);
    assert.match(stderr, /^error: [^\n]*\n$/);
    assert.ok(
      BAD.slice(0, 2).some((path) => stderr.startsWith(`error: ${path}: expected an intact `)),
      stderr,
    );
    assert.match(stderr, /\(--on-bad-image skip leaves such images out\)/);
    assert.equal(code, 2);
  }
});

test("--on-bad-image skip leaves them out, names each once and counts them in every pass", () => {
  const { directory, stdout, stderr } = shortRun(workDir, ...args(bad), "--on-bad-image", "skip", "--epochs", "2");
  const lines = stderr.trimEnd().split("\n");
  assert.equal(lines.length, 3, stderr);
  for (const path of BAD) assert.equal(lines.filter((line) => line.startsWith(`skipped: ${path}: `)).length, 1, stderr);
  assert.equal(stdout.match(/^skipped 3 images that could not be read$/gm)?.length, 2);
  assert.deepEqual(
    readMetrics(join(directory, "metrics.jsonl")).map(({ skippedImages }) => skippedImages),
    [3, 3],
  );
  const evaluated = weightSearch(["evaluate", directory, "--on-bad-image", "skip", "--threads", "1", "--json"]);
  const { images, skipped } = JSON.parse(evaluated.stdout);
  assert.deepEqual([images, skipped, evaluated.code], [11, 1, 0]);
});

test("images none of which can be read: one line, exit 2", async () => {
  const folder = await makeImageFolder(join(workDir, "rotten"));
  for (const part of ["train", "val"]) {
    for (const name of ["ant", "bee", "cow"]) {
      for (const file of ["0.png", "1.jpg", "2.png", "3.jpg"]) writeFileSync(join(folder, part, name, file), "");
    }
  }
  const skip = ["--on-bad-image", "skip", "--threads", "1", "--no-save"];
  const { code, stderr } = weightSearch(["train", ...args(folder), ...skip]);
  assert.match(stderr, /^(skipped: .*\n){12}error: none of the train images could be read\n$/);
  assert.equal(code, 2);
});

test("one training image more than fits a batch, in a network whose maps shrink to a pixel", async () => {
  const folder = await makeImageFolder(join(workDir, "odd"));
  for (const name of ["bee", "cow"])
    for (const file of ["0.png", "1.jpg", "2.png"]) rmSync(join(folder, "train", name, file));
  rmSync(join(folder, "train", "ant", "3.jpg"));
  const wide = writeTransforms(join(workDir, "wide.json"), 32);
  const flags = ["-a", "resnet18", "--transform-json", wide];
  const { stdout } = shortRun(workDir, ...args(folder), ...flags);
  assert.match(stdout, /folder: 5 train, 12 val/);
  const { code, stderr } = weightSearch(["train", ...args(folder), ...flags, "--batch-size", "1", "--no-save"]);
  assert.match(stderr, /^error: batch size: expected at least 2 images in each training batch[^\n]*\n$/);
  assert.equal(code, 2);
});

test("images that all have one size need no transform that makes it; one that has another is named", async () => {
  const folder = join(workDir, "equal");
  for (const place of ["train/a", "train/b", "val/a", "val/b"]) {
    mkdirSync(join(folder, place), { recursive: true });
    await makeImage(32, 24).toFile(join(folder, place, "0.png"));
  }
  const transforms = join(workDir, "open.json");
  const list = [{ name: "RandomHorizontalFlip" }, { name: "ToTensor" }];
  writeFileSync(transforms, JSON.stringify({ train: list, val: list }));
  const flags = [...folderFlags(folder, transforms), "--epochs", "1"];
  shortRun(workDir, ...flags);
  const odd = join(folder, "train/b/1.png");
  await makeImage(24, 32).toFile(odd);
  const { code, stderr } = weightSearch(["train", ...flags, "--no-save"]);
  assert.equal(
    stderr,
    `error: ${odd}: expected an image that becomes 24 × 32 (height × width), as the first one does, found one of ` +
      "32 × 24 (height × width); add RandomResizedCrop, RandomCrop or CenterCrop to the transforms\n",
  );
  assert.equal(code, 2);
});

test("evaluate uses the transforms that the run recorded: edited, removed, or moved to elsewhere", () => {
  const transforms = writeTransforms(join(workDir, "edited.json"), 16);
  const { directory } = shortRun(workDir, ...folderFlags(good, transforms), "--limit-batches", "9");
  const evaluated = (run: string) => {
    const { code, stdout, stderr } = weightSearch(["evaluate", run, "--json"]);
    assert.equal(code, 0, stderr);
    const { loss, top1 } = JSON.parse(stdout) as { loss: number; top1: number };
    return { loss, top1 };
  };
  const before = evaluated(directory);
  writeTransforms(transforms, 24);
  assert.deepEqual(evaluated(directory), before);
  rmSync(transforms);
  const moved = join(workDir, "moved");
  renameSync(directory, moved);
  assert.deepEqual(evaluated(moved), before);
  // Others are used where they are named.
  const other = writeTransforms(join(workDir, "other.json"), 24);
  assert.notDeepEqual(
    JSON.parse(weightSearch(["evaluate", moved, "--json", "--transform-json", other]).stdout).loss,
    before.loss,
  );
});
