// Images held out of the training images: what trains, validates, evaluates and reports with them, and what says so.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { readMetrics } from "../../src/run/metrics-jsonl.js";
import { weightSearch } from "../support/command.js";
import { folderFlags, makeImageFolder, writeTransforms } from "../support/image-folder.js";
import { LIMIT, shortRun } from "../support/short-run.js";

const workDir = mkdtempSync(join(tmpdir(), "weight-search-val-split-"));
after(() => rmSync(workDir, { recursive: true }));

const folder = await makeImageFolder(join(workDir, "images"));
const IMAGE_FLAGS = folderFlags(folder, writeTransforms(join(workDir, "transforms.json"), 32));

const { directory, stdout: output } = shortRun(workDir, ...IMAGE_FLAGS, "--val-split", "5");
const recorded = readMetrics(join(directory, "metrics.jsonl")).at(-1)?.val;

function evaluateJson(...args: readonly string[]) {
  const { code, stdout, stderr } = weightSearch(["evaluate", directory, "--json", ...LIMIT, ...args]);
  assert.equal(code, 0, stderr);
  const { loss, top1, top5, images, valSplit } = JSON.parse(stdout);
  return { metrics: { loss, top1, top5 }, images, valSplit, stderr };
}

test("a run says how many images train and how many are held out, and that its accuracy is on these", () => {
  assert.match(output, /^resnet20, .* \| folder: 7 training images, 5 held out for validation, 3 classes \| /);
  assert.match(output, /^accuracy on held-out training images: top-1 /m);
  const { valSplit, data } = JSON.parse(readFileSync(join(directory, "config.json"), "utf8"));
  assert.deepEqual([valSplit, data.train, data.val], [5, 7, 5]);
});

test("evaluate: on the data's own validation images, and on request on the held-out ones, as the run did", () => {
  const own = evaluateJson();
  assert.deepEqual([own.images, own.valSplit, own.stderr], [12, undefined, ""]);
  const heldOut = evaluateJson("--val-split", "5");
  assert.deepEqual(heldOut, { metrics: recorded, images: 5, valSplit: 5, stderr: "" });
  // Of more, some were trained on.
  assert.equal(evaluateJson("--val-split", "7").stderr, "note: the run trained on 2 of these images: it held 5 out\n");
  const { stdout } = weightSearch(["evaluate", directory, "--val-split", "5", ...LIMIT]);
  assert.match(stdout, /^resnet20 on 5 held-out training images of folder: loss /m);
});

test("a run that held out other images is a different one, and so is one that continues with another number", () => {
  const { code, stderr } = weightSearch(["train", "--resume", directory, "--val-split", "5"]);
  assert.equal(code, 2);
  assert.match(stderr, /^error: option --val-split: expected none with --resume/);
  assert.equal(weightSearch(["train", "--resume", directory]).code, 0);
});

test("report distinguishes it from a run without", () => {
  const other = shortRun(workDir, ...IMAGE_FLAGS).directory;
  const { stdout } = weightSearch(["report", directory, other]);
  assert.equal(stdout.match(/folder, 5 held out /g)?.length, 1, stdout);
  assert.match(stdout, /\nheld out: accuracies on training images that the run did not train on \(--val-split\)/);
  assert.doesNotMatch(weightSearch(["report", other]).stdout, /held out/);
  const rows = JSON.parse(weightSearch(["report", directory, other, "--format", "json"]).stdout);
  assert.deepEqual(new Set(rows.map(({ valSplit }: { valSplit: unknown }) => valSplit)), new Set([5, null]));
});

for (const [amount, message] of [
  [
    "12",
    "option --val-split 12: expected fewer images than the 12 training images of folder and one at least, found 12",
  ],
  [
    "0.01",
    "option --val-split 0.01: expected fewer images than the 12 training images of folder and one at least, found 0",
  ],
  ["0", 'option --val-split: expected a whole number of images >= 1, or a share between 0 and 1, received "0"'],
] as const) {
  test(`--val-split ${amount}: one line, exit 2`, () => {
    const { code, stdout, stderr } = weightSearch(["train", ...IMAGE_FLAGS, "--no-save", "--val-split", amount]);
    assert.deepEqual([stderr, stdout, code], [`error: ${message}\n`, "", 2]);
  });
}
