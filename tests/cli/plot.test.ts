import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import sharp from "sharp";
import { assertRefused, weightSearch } from "../support/command.js";
import { writeFakeRun } from "../support/fake-run.js";

const folder = mkdtempSync(join(tmpdir(), "weight-search-plot-"));
after(() => rmSync(folder, { recursive: true }));

const ONE_BIT = writeFakeRun(join(folder, "one-bit"), { valTop1: [0.4, 0.61, 0.6] });
const FLOAT = writeFakeRun(join(folder, "float"), { valTop1: [0.5, 0.7], epochs: 3, values: null });
const HEADER = "train_loss,train_acc1,train_acc5,val_loss,val_acc1,val_acc5,train_time\n";

/** A directory of the original program. */
function original(name: string, csv: string): string {
  const path = join(folder, name);
  mkdirSync(path);
  writeFileSync(join(path, "result.csv"), csv);
  writeFileSync(join(path, "args.txt"), "");
  return path;
}

const ORIGINAL = original("resnet20-2b", `${HEADER}1.5,0.5,0.9,nan,0.55,0.8,8.33\n`);

test("an SVG names what runs share and what differs", () => {
  const output = join(folder, "two.svg");
  const { code, stdout, stderr } = weightSearch(["plot", FLOAT, ONE_BIT, "-o", output]);
  assert.deepEqual([code, stdout, stderr], [0, `figure: ${output}\n`, ""]);
  const svg = readFileSync(output, "utf8");
  assert.match(svg, /prefers-color-scheme: dark/);
  for (const text of ["resnet20 on cifar10", "float", "1 bit {±1}", "61.00 %", "2/3"]) {
    assert.ok(svg.includes(`>${text}<`), text);
  }
});

test("labels, title, metric and theme are the user's", () => {
  const output = join(folder, "named.svg");
  const labels = ["--label", "ours", "--label", "<theirs>"];
  const { code } = weightSearch(
    ["plot", ONE_BIT, ORIGINAL, ...labels, "--title", "A & B", "--metric", "error", "--theme", "dark"].concat(
      "-o",
      output,
    ),
  );
  assert.equal(code, 0);
  const svg = readFileSync(output, "utf8");
  assert.doesNotMatch(svg, /prefers-color-scheme/);
  for (const text of ["ours", "&lt;theirs&gt;", "A &amp; B", "39.00 %", "45.00 %"])
    assert.ok(svg.includes(`>${text}<`), text);
});

test("the original program's results go by their folder's name, given as folder or file", () => {
  for (const path of [ORIGINAL, join(ORIGINAL, "result.csv")]) {
    const output = join(folder, "original.svg");
    assert.equal(weightSearch(["plot", path, "-o", output]).code, 0);
    assert.match(readFileSync(output, "utf8"), />resnet20-2b</);
  }
});

test("a PNG has two pixels per SVG pixel, or the requested number", async () => {
  const output = join(folder, "figure.PNG");
  for (const [args, width] of [
    [[], 1920],
    [["--scale", "1", "--theme", "dark", "--best", "--log-loss", "--schedule"], 960],
  ] as const) {
    const { code, stderr } = weightSearch(["plot", ONE_BIT, FLOAT, "-o", output, ...args]);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.equal((await sharp(output).metadata()).width, width);
  }
});

test("without fonts a PNG is an error that says what to install, an SVG is drawn", () => {
  const config = join(folder, "fonts.conf");
  writeFileSync(config, '<?xml version="1.0"?><fontconfig></fontconfig>');
  const without = (output: string) => weightSearch(["plot", ONE_BIT, "-o", output], { FONTCONFIG_FILE: config });
  const { code, stderr } = without(join(folder, "no-font.png"));
  assert.match(stderr, /^error: .*no-font\.png: a PNG needs a font.*apt-get install fonts-dejavu-core[^\n]*\n$/);
  assert.equal(code, 2);
  assert.equal(existsSync(join(folder, "no-font.png")), false);
  assert.equal(without(join(folder, "no-font.svg")).code, 0);
});

const HEALTHY = writeFakeRun(join(folder, "healthy"), {
  valTop1: [0.4, 0.61, 0.6],
  values: [-1, -0.5, 0.5, 1],
  healthLayers: 18,
});
const STAGE_1 = writeFakeRun(join(folder, "stage-1"), {
  valTop1: [0.4],
  values: [1, 0.5],
  healthLayers: 1,
  settings: { stage: 1, weightValues: [-1, -0.5, 0.5, 1] },
});

test("--health draws how far the search of one run has come", async () => {
  const output = join(folder, "health.svg");
  const { code, stdout, stderr } = weightSearch(["plot", "--health", HEALTHY, "-o", output]);
  assert.deepEqual([code, stdout, stderr], [0, `figure: ${output}\n`, ""]);
  const svg = readFileSync(output, "utf8");
  const expected = [
    "resnet20 on cifar10, 2 bits {±1/2, ±1}",
    "18 searched layers, from",
    "layer1.0.conv1",
    "layer3.17.conv1",
    "-1/2",
  ];
  for (const text of expected) assert.ok(svg.includes(`>${text}<`), text);
  const png = join(folder, "health.png");
  assert.equal(weightSearch(["plot", "--health", STAGE_1, "-o", png, "--scale", "1", "--theme", "dark"]).code, 0);
  assert.equal((await sharp(png).metadata()).width, 960);
});

test("--health of a stage that refines draws factors", () => {
  const output = join(folder, "factors.svg");
  assert.equal(weightSearch(["plot", STAGE_1, "--health", "--title", "A", "-o", output]).code, 0);
  const svg = readFileSync(output, "utf8");
  assert.match(svg, />Factor of the frozen weights, % of/);
  assert.match(svg, />1 searched layer: layer1\.0\.conv1</);
  assert.doesNotMatch(svg, />-1</);
});

const TOO_FEW = writeFakeRun(join(folder, "too-few"), {
  valTop1: [0.4],
  healthLayers: 2,
  settings: { search: { values: [-1, 0, 1], firstLayer: false, lastLayer: false } },
});

const OUTPUT = ["-o", join(folder, "bad", "bad.svg")];
const CASES: readonly [title: string, args: readonly string[], message: RegExp][] = [
  ["no runs", OUTPUT, /missing required argument 'runs'/],
  ["no output", [ONE_BIT], /-o\/--output: expected a file ending in \.svg or \.png, received none/],
  ["another extension", [ONE_BIT, "-o", "a.pdf"], /-o\/--output: expected .* received "a\.pdf"/],
  [
    "a missing folder to write to",
    [ONE_BIT, "-o", join(folder, "none", "a.svg")],
    /a\.svg: expected a place .*no such file or directory/,
  ],
  [
    "a missing run",
    [join(folder, "nowhere"), ...OUTPUT],
    /nowhere: expected a run directory or a result\.csv, found no such file or directory/,
  ],
  ["a folder that is no run", [folder, ...OUTPUT], /expected a run directory, with config\.json or result\.csv/],
  ["an empty result.csv", [original("empty", ""), ...OUTPUT], /empty\/result\.csv: line 1: expected train_loss/],
  [
    "a malformed line",
    [original("short", `${HEADER}1,2\n`), ...OUTPUT],
    /result\.csv: line 2: expected 7 numbers, found 2/,
  ],
  ["text for a number", [original("word", `${HEADER}1,.5,.9,x,.5,.8,8\n`), ...OUTPUT], /line 2: val_loss: .*"x"/],
  [
    "a file that is no table",
    [join(ONE_BIT, "metrics.jsonl"), ...OUTPUT],
    /metrics\.jsonl: line 1: expected train_loss/,
  ],
  [
    "an unknown option",
    [ONE_BIT, "--metrics", "error", ...OUTPUT],
    /unknown option '--metrics' \(Did you mean --metric\?\)/,
  ],
  ["an unknown metric", [ONE_BIT, "--metric", "top5", ...OUTPUT], /--metric.*'top5' is invalid.*accuracy, error/],
  ["an unknown theme", [ONE_BIT, "--theme", "blue", ...OUTPUT], /--theme.*auto, light, dark/],
  ["a scale that is not a number", [ONE_BIT, "--scale", "x", ...OUTPUT], /--scale: expected a number from 0\.25 to 8/],
  ["a scale for an SVG", [ONE_BIT, "--scale", "2", ...OUTPUT], /--scale says how many pixels a PNG has/],
  [
    "too few labels",
    [ONE_BIT, FLOAT, "--label", "a", ...OUTPUT],
    /--label: expected one for each run, 2 in all, received 1/,
  ],
  ["a run twice", [ONE_BIT, FLOAT, `${ONE_BIT}/`, ...OUTPUT], /one-bit\/: expected each run once/],
  ["--health of two runs", [ONE_BIT, HEALTHY, "--health", ...OUTPUT], /option --health: expected one run, received 2/],
  [
    "--health of a run of before there was one",
    [ONE_BIT, "--health", ...OUTPUT],
    /one-bit: expected epochs that tell of the search's health, found none/,
  ],
  ["--health of a float run", [FLOAT, "--health", ...OUTPUT], /float: option --health: .* found one of float weights/],
  ["--health of the original program's run", [ORIGINAL, "--health", ...OUTPUT], /only result\.csv is known/],
  [
    "--health of other values than the run's",
    [TOO_FEW, "--health", ...OUTPUT],
    /too-few\/metrics\.jsonl: epoch 1: layer1\.0\.conv1: histogram: expected a share for each of 3 values, found 2/,
  ],
  [
    "--health with panels of a schedule",
    [HEALTHY, "--health", "--schedule", ...OUTPUT],
    /'--health' cannot be used with .*'--schedule'/,
  ],
  [
    "--health with what says how to compare",
    [HEALTHY, "--health", "--best", ...OUTPUT],
    /'--health' cannot be used with .*'--best'/,
  ],
  ["thirteen runs", [...Array<string>(13).fill(ONE_BIT), ...OUTPUT], /at most 12 runs.*received 13/],
];

for (const [title, args, message] of CASES) {
  test(`${title}: one line, exit 2`, () => {
    mkdirSync(join(folder, "bad"), { recursive: true });
    assertRefused(["plot", ...args], message);
    assert.deepEqual(readdirSync(join(folder, "bad")), []);
  });
}
