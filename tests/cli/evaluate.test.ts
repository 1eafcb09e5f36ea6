import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { readSafetensors, writeSafetensors } from "../../src/formats/safetensors.js";
import { readMetrics } from "../../src/run/metrics-jsonl.js";
import { lossText } from "../../src/text/format.js";
import { assertRefused, ROOT, weightSearch } from "../support/command.js";
import { folderFlags, makeImageFolder, writeTransforms } from "../support/image-folder.js";
import { LIMIT, shortRun } from "../support/short-run.js";

const workDir = mkdtempSync(join(tmpdir(), "weight-search-evaluate-"));
after(() => rmSync(workDir, { recursive: true }));

const folder = await makeImageFolder(join(workDir, "data"));
const TRANSFORMS = writeTransforms(join(workDir, "transforms.json"), 32);

const { directory } = shortRun(
  workDir,
  ...folderFlags(folder, TRANSFORMS),
  ...["-q", "--quant-json", "1b", "--quantize-last-layer"],
);
const recorded = readMetrics(join(directory, "metrics.jsonl")).at(-1)?.val;
const inRun = (name: string) => join(directory, name);
const model = readSafetensors(inRun("model.safetensors"));

/** A model as another program keeps it: no metadata, and a config.json beside it that is not ours. */
const elsewhere = join(workDir, "elsewhere");
mkdirSync(elsewhere);
writeFileSync(join(elsewhere, "config.json"), '{"architectures": ["ResNet"], "model_type": "resnet"}');
const BARE = join(elsewhere, "model.safetensors");
writeSafetensors(BARE, model.tensors, {});

function evaluate(...args: readonly string[]): string {
  const { code, stdout, stderr } = weightSearch(["evaluate", ...args, ...LIMIT]);
  assert.deepEqual([code, stderr], [0, ""]);
  return stdout;
}

/** What --json prints, the time aside. */
function evaluateJson(...args: readonly string[]): Record<string, unknown> {
  const { seconds, ...rest } = JSON.parse(evaluate(...args, "--json"));
  assert.ok(seconds > 0);
  return rest;
}

const SOURCES: readonly [title: string, args: readonly string[], file: string][] = [
  ["a run", [directory], inRun("model.safetensors")],
  ["its packed model", [inRun("packed.safetensors")], inRun("packed.safetensors")],
  ["its state", [inRun("state.safetensors")], inRun("state.safetensors")],
  ["a bare file", [BARE, "-a", "resnet20", "-d", "folder", "-p", folder, "--transform-json", TRANSFORMS], BARE],
];
for (const [title, args, file] of SOURCES) {
  test(`${title}: the numbers of the run's last validation, to the last digit`, () => {
    const { loss, top1, top5, ...rest } = evaluateJson(...args);
    assert.deepEqual({ loss, top1, top5 }, recorded);
    assert.deepEqual(rest, { model: file, arch: "resnet20", dataset: "folder", images: 12, skipped: 0 });
  });
}

test("on the built-in images: a run, and its model wherever it was moved, which says what it is for", () => {
  const synthetic = shortRun(workDir, "--batch-size", "4").directory;
  const moved = join(workDir, "moved.safetensors");
  copyFileSync(join(synthetic, "model.safetensors"), moved);
  const { loss, top1, top5, ...rest } = evaluateJson(moved);
  assert.deepEqual({ loss, top1, top5 }, readMetrics(join(synthetic, "metrics.jsonl")).at(-1)?.val);
  assert.deepEqual(rest, { model: moved, arch: "resnet20", dataset: "synthetic", images: 500, skipped: 0 });
});

test("a run that was given paths from its folder is evaluated from another", () => {
  const flags = folderFlags("data", "transforms.json");
  const { stdout } = weightSearch(["train", ...flags, "--epochs", "1", ...LIMIT], { cwd: workDir });
  const run = join(workDir, /^run: (.*)$/m.exec(stdout)?.[1] ?? "none");
  assert.equal(evaluateJson(run)["images"], 12);
});

test("without --json: what was loaded, and a line of results", () => {
  const lines = evaluate(directory).split("\n");
  assert.equal(lines[0], `${inRun("model.safetensors")}: 116 tensors loaded, 0 missing, 0 not used`);
  const loss = recorded && lossText(recorded.loss);
  assert.ok(lines[1]?.startsWith(`resnet20 on folder: loss ${loss} top-1 `), lines[1]);
  assert.match(lines[1] ?? "", / \(12 images, \d+\.\d s, (cpu|cuda:0|mps)\)$/);
  assert.deepEqual(lines.slice(2), [""]);
});

const HALF = join(workDir, "half.safetensors");
writeSafetensors(HALF, new Map([...model.tensors].filter(([name]) => !name.startsWith("layer3"))), {
  arch: "resnet20",
});

const CASES: readonly [title: string, args: readonly string[], message: RegExp][] = [
  ["nothing", [], /missing required argument 'run-or-file'/],
  ["an empty path", [""], /argument run-or-file: expected a path, received ""/],
  [
    "a file that says no network",
    [BARE],
    /model\.safetensors: expected -a\/--arch with a file that does not say which network it is/,
  ],
  [
    "a file that says no data",
    [BARE, "-a", "resnet20"],
    /model\.safetensors: expected -d\/--dataset with a file that does not say which data it is for/,
  ],
  ["an unknown network", [BARE, "-a", "resnet21"], /-a\/--arch: expected one of .*did you mean "resnet20"\?/],
  [
    "another network",
    [directory, "-a", "vgg_small"],
    /model\.safetensors: tensor "conv1\.weight": expected shape \[128,3,3,3\], found \[16,3,3,3\]/,
  ],
  [
    "half a model",
    [HALF, "-d", "folder", "-p", folder, "--transform-json", TRANSFORMS],
    /half\.safetensors: expected every tensor of the network, found \d+ missing: layer3\.0\.conv1\.weight, .*, …$/m,
  ],
  [
    "data of other classes",
    [directory, "-d", "synthetic"],
    /model\.safetensors: tensor "linear\.weight": expected shape \[10,64\], for the data's classes, found \[3,64\]/,
  ],
  [
    "no model",
    [join(ROOT, "package.json")],
    /package\.json: expected a safetensors file or a file of torch\.save, found/,
  ],
  ["a folder without a model", [folder], /data: expected a run directory with model\.safetensors/],
  ["a missing file", [join(workDir, "none")], /none: expected a safetensors file.*no such file or directory/],
  ["an unknown data set", [directory, "-d", "cifar"], /-d\/--dataset: expected one of synthetic, cifar10/],
  ["data without its folder", [directory, "-d", "cifar10"], /-p\/--path: expected the folder of CIFAR-10's files/],
  ["a flag of train", [directory, "--epochs", "1"], /unknown option '--epochs'/],
];
for (const [title, args, message] of CASES) {
  test(`evaluate ${title}: one line, exit 2`, () => {
    assertRefused(["evaluate", ...args, ...LIMIT], message);
  });
}
