import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { assertRefused, ROOT, weightSearch } from "../support/command.js";
import { type FakeRun, writeFakeRun } from "../support/fake-run.js";

const folder = mkdtempSync(join(tmpdir(), "weight-search-report-"));
after(() => rmSync(folder, { recursive: true }));

const RESULTS = join(folder, "results");
const fakeRun = (name: string, run: FakeRun) => writeFakeRun(join(RESULTS, "cifar10-resnet20", name), run);
fakeRun("20261101000000", { valTop1: [0.6, 0.61] });
fakeRun("20261102000000", { valTop1: [0.62, 0.58], settings: { seed: 1, startedAt: "2026-11-24T00:00:00.000Z" } });
fakeRun("20261103000000", { valTop1: [0.5], epochs: 200, values: null, modelBytes: 1_090_000 });
fakeRun("20261104000000", { valTop1: [], epochs: 2, values: [-0.5, 0.5, 1, -1], settings: { soft: true } });
const ORIGINAL = join(folder, "original", "2b");
mkdirSync(ORIGINAL, { recursive: true });
writeFileSync(
  join(ORIGINAL, "result.csv"),
  "train_loss,train_acc1,train_acc5,val_loss,val_acc1,val_acc5,train_time\n1,.5,.9,1,0.4,.8,8.33\n",
);

function report(...args: string[]): string {
  const { code, stdout, stderr } = weightSearch(["report", ...args]);
  assert.deepEqual([code, stderr], [0, ""]);
  return stdout;
}

test("the table is sorted, aligned, and narrow enough for a terminal", () => {
  const [header = "", , ...lines] = report(RESULTS).split("\n");
  assert.ok(header.length <= 130, header);
  assert.deepEqual(
    lines.slice(0, 4).map((line) => line.split(/ {2,}/)),
    [
      [
        "resnet20",
        "cifar10",
        "float",
        "–",
        "–",
        "1/200",
        "50.00",
        "100.00",
        "50.00 (1)",
        "11.0",
        "1.09 MB",
        "0",
        "20261103000000",
      ],
      [
        "resnet20",
        "cifar10",
        "1",
        "{±1}",
        "hard",
        "2",
        "61.00",
        "100.00",
        "61.00 (2)",
        "11.5",
        "60.8 kB",
        "0",
        "20261101000000",
      ],
      [
        "resnet20",
        "cifar10",
        "1",
        "{±1}",
        "hard",
        "2",
        "58.00",
        "100.00",
        "62.00 (1)",
        "11.5",
        "60.8 kB",
        "1",
        "20261102000000",
      ],
      ["resnet20", "cifar10", "2", "{±1/2, ±1}", "soft", "0/2", "–", "–", "–", "–", "–", "0", "20261104000000"],
    ],
  );
});

test("--mean merges seeds", () => {
  const lines = report(RESULTS, "--mean").split("\n");
  assert.equal(lines.filter((line) => line.startsWith("resnet20")).length, 3);
  assert.match(lines.join("\n"), /59\.50 ± 2\.12 .* 61\.50 ± 0\.71 .* 2 {2}0, 1$/m);
});

test("Markdown, and the original program's results with dashes", () => {
  const lines = report(ORIGINAL, join(ORIGINAL, "result.csv"), RESULTS, "--format", "markdown").split("\n");
  assert.match(lines[0] ?? "", /^\| network +\| data set \| bits +\|/);
  assert.match(lines[1] ?? "", /^\| -+ \|.*-: \|/);
  const cells = lines[6]?.split("|").map((cell) => cell.trim());
  const last = ["–", "–", "–", "–", "–", "1", "40.00", "80.00", "40.00 (1)", "8.3", "–", "–", ORIGINAL];
  assert.deepEqual(cells, ["", ...last, ""]);
  // Its file is no other run.
  assert.equal(lines[7], "");
});

test("a run's result.csv stands for its directory", () => {
  const directory = join(RESULTS, "cifar10-resnet20", "20261103000000");
  writeFileSync(join(directory, "result.csv"), "");
  const [, , line = "", empty] = report(join(directory, "result.csv"), directory).split("\n");
  assert.match(line, /^resnet20 .* 20261103000000$/);
  assert.equal(empty, "");
});

test("JSON and CSV have every digit", () => {
  const records: Record<string, unknown>[] = JSON.parse(report(RESULTS, ORIGINAL, "--format", "json"));
  assert.deepEqual(
    records.map(({ weights, bits, top1, modelBytes, plannedEpochs }) => [
      weights,
      bits,
      top1,
      modelBytes,
      plannedEpochs,
    ]),
    [
      ["float", null, 0.5, 1_090_000, 200],
      ["searched", 1, 0.61, 60_800, 2],
      ["searched", 1, 0.58, 60_800, 2],
      ["searched", 2, null, null, 2],
      [null, null, 0.4, null, null],
    ],
  );
  const [header = "", first = ""] = report(RESULTS, "--format", "csv").split("\n");
  assert.match(header, /^arch,dataset,weights,bits,values,.*,runs$/);
  assert.equal(first.split(",").length, header.split(",").length);
});

test("it does not load LibTorch", () => {
  const script = `process.argv.push("weight-search", "report", ${JSON.stringify(RESULTS)}); await import(${JSON.stringify(`${ROOT}/bin/weight-search.mjs`)});
    console.log(process.report.getReport().sharedObjects.filter((name) => /torch|weight_search\\.node|sharp/.test(name)).length);`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  assert.equal(stderr, "");
  assert.match(stdout, /\n0\n$/);
});

function broken(name: string, file: string, content: string): string {
  const path = writeFakeRun(join(folder, name), { valTop1: [0.5] });
  writeFileSync(join(path, file), content);
  return path;
}

const EMPTY = join(folder, "empty");
mkdirSync(EMPTY);
const CASES: readonly [title: string, args: readonly string[], message: RegExp][] = [
  ["no runs", [], /missing required argument 'runs'/],
  [
    "a missing folder",
    [join(folder, "nowhere")],
    /nowhere: expected a run directory or a folder of run directories, found no such file or directory/,
  ],
  [
    "a folder without runs",
    [EMPTY],
    /empty: expected a run directory, or a folder of them at most 4 levels deep, found/,
  ],
  ["a broken configuration", [broken("config", "config.json", "{")], /config\/config\.json: expected JSON, found "\{"/],
  ["broken metrics", [RESULTS, broken("metrics", "metrics.jsonl", "{}\n")], /metrics\.jsonl: line 1: epoch: expected/],
  ["an unknown format", [RESULTS, "--format", "xml"], /--format.*'xml' is invalid.*text, markdown, csv, json/],
  ["an unknown option", [RESULTS, "--means"], /unknown option '--means' \(Did you mean --mean\?\)/],
];

for (const [title, args, message] of CASES) {
  test(`${title}: one line, exit 2`, () => {
    assertRefused(["report", ...args], message);
  });
}
