import assert from "node:assert/strict";
import { cpSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { appendMetrics } from "../../src/run/metrics-jsonl.js";
import { assertRefused, ROOT, weightSearch } from "../support/command.js";
import { fakeEpoch } from "../support/fake-run.js";

const folder = mkdtempSync(join(tmpdir(), "weight-search-results-"));
after(() => rmSync(folder, { recursive: true }));

const [FIXTURE, NEWER] = ["format-3", "format-5"].map((format) =>
  JSON.parse(readFileSync(join(ROOT, `tests/fixtures/runs/${format}/config.json`), "utf8")),
);
const PUBLISHED = join(folder, "results", "published");

/** A published run with these accuracies in validation; settings go over a fixture's. */
function run(name: string, top1: readonly number[], settings: object = {}, parent = PUBLISHED): string {
  const path = join(parent, name);
  mkdirSync(path, { recursive: true });
  const recipe = { ...FIXTURE.recipe, batchSize: 32, epochs: 2 };
  const config = { ...FIXTURE, recipeFile: "synthetic", limitBatches: null, modelBytes: 60_800, recipe, ...settings };
  writeFileSync(join(path, "config.json"), JSON.stringify(config));
  for (const [index, each] of top1.entries()) appendMetrics(join(path, "metrics.jsonl"), fakeEpoch(index + 1, each));
  return path;
}

const LATER = { recipeFile: "synthetic", startedAt: "2026-11-29T00:00:00.000Z", versions: { commit: "c".repeat(40) } };
run("a", [0.8, 0.9], { seed: 0 });
// The same settings, recorded by a newer version.
const newer = { ...NEWER, limitBatches: null, recipe: { ...NEWER.recipe, batchSize: 32 } };
run("b", [0.84, 0.82], { ...newer, ...LATER, seed: 1 });
run("again", [0.1, 0.2], { seed: 1 });
run("short", [0.7], { seed: 2 });
run("float", [0.9, 0.95], { search: null });
run("soft", [0.5, 0.99], { soft: true, recipe: { ...FIXTURE.recipe, batchSize: 32, temperatureMin: 1e-5 } });

const REFERENCE = {
  notes: ["Compare with care."],
  sources: [{ name: "paper", label: "A paper", text: "Someone, 2020.", url: "https://example.org/paper" }],
  networks: [
    {
      ...{ title: "ResNet-20 on drawn shapes", arch: "resnet20", dataset: "synthetic" },
      tables: [
        {
          recipe: "synthetic --epochs 2",
          columns: [{ weights: "float" }, { weights: "1b" }, { weights: "po2-2b" }, { weights: "po2-3b" }],
        },
      ],
      reported: [{ source: "paper", weights: "po2-2b", top1_percent: "91.0", epoch_seconds: "6.40", note: "By eye." }],
      missing: [{ weights: "[0.5,1,-1,-0.5]", reason: "It takes a week." }],
      figures: [
        { file: "curves.svg", text: "Curves" },
        { file: "nowhere.svg", text: "No curves" },
      ],
    },
  ],
};
writeFileSync(join(PUBLISHED, "reference.json"), JSON.stringify(REFERENCE));
writeFileSync(join(folder, "curves.svg"), "<svg/>");

function document(): string {
  const { code, stdout, stderr } = weightSearch(
    ["report", "results/published", "--format", "results", "-o", "RESULTS.md"],
    { cwd: folder },
  );
  assert.deepEqual([code, stderr, stdout], [0, "", "report: RESULTS.md\n"]);
  return readFileSync(join(folder, "RESULTS.md"), "utf8");
}

const text = document();
/** The cells of a row of the first table that has such a one. */
const row = (title: string) =>
  text
    .split("\n")
    .find((line) => line.startsWith(`| ${title} `))
    ?.split("|")
    .slice(2, -1)
    .map((cell) => cell.trim());

test("columns are the reference's, then those of other runs", () => {
  assert.match(
    text,
    /\| +\| float +\| 1 bit \{±1\} +\| 2 bits \{±1\/2, ±1\} \| 3 bits \{.*\} \| 1 bit \{±1\}, soft \|/,
  );
  assert.deepEqual(row("top-1 after the last epoch, %"), ["95.00", "86.00 ± 5.66", "not run (a)", "not run", "99.00"]);
  assert.deepEqual(row("top-1 of the best epoch, %"), ["95.00", "87.00 ± 4.24", "–", "–", "99.00"]);
  assert.deepEqual(row("below float, points"), ["–", "9.00", "–", "–", "−4.00"]);
  assert.deepEqual(row("seeds"), ["1 (0)", "2 (0, 1)", "–", "–", "1 (0)"]);
  assert.deepEqual(row("seconds an epoch"), ["11.5", "11.5 ± 0.0", "–", "–", "11.5"]);
  assert.deepEqual(row("model"), ["60.8 kB", "60.8 kB", "–", "–", "60.8 kB"]);
  assert.deepEqual(row("[A paper][paper]: top-1, %"), ["–", "–", "91.0 (b)", "–", "–"]);
  assert.deepEqual(row("[A paper][paper]: seconds an epoch"), ["–", "–", "6.40", "–", "–"]);
  assert.match(text, /^\(a\) It takes a week\. {2}\n\(b\) By eye\.$/m);
});

test("tables are aligned", () => {
  const tables = text.split("\n\n").filter((part) => part.startsWith("|"));
  assert.ok(tables.length >= 4);
  for (const table of tables) assert.equal(new Set(table.split("\n").map((line) => [...line].length)).size, 1, table);
});

test("every link has an end: a heading, an address or a folder", () => {
  const defined = new Map([...text.matchAll(/^\[(\w+)\]: (.*)$/gm)].map(([, name = "", end = ""]) => [name, end]));
  const used = [...text.matchAll(/\]\[(\w+)\]/g)].map(([, name = ""]) => name);
  assert.ok(used.includes("R1"));
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
    title.toLowerCase().replace(/[^\w -]/g, ""),
  );
  for (const name of used) {
    const end = defined.get(name) ?? "";
    assert.ok(end.startsWith("https://") || headings.includes(end.slice(1)), `${name}: ${end}`);
  }
  assert.match(text, /\| \[folder\]\(results\/published\/a\) +\|/);
  assert.match(text, /!\[Curves\]\(curves\.svg\)/);
  assert.doesNotMatch(text, /nowhere/);
});

test("each run has its command, commit, date and machine; what is not in the mean says why", () => {
  const command =
    "npx weight-search train -a resnet20 -d synthetic --train-json synthetic --epochs 2 -q --quant-json 1b --seed 1";
  assert.equal(text.split(`${command}\n`).length, 2);
  assert.match(
    text,
    /^\| 1 +\| 82\.00 +\| 84\.00 \(epoch 1\) +\| 2 of 2 \| .* \| 2026-11-29 \| cccccccccccc +\| M\d /m,
  );
  assert.match(text, /^\| 1 \(not in the mean: the same seed again\) +\| 20\.00 /m);
  assert.match(text, /^\| 2 \(not in the mean: fewer epochs\) +\| 70\.00 .* 1 of 2 /m);
  assert.match(text, /^- M1: Intel.*, 2 cores, 1 thread, cpu, linux-x64, LibTorch 1\.13\.0, kernels avx512/m);
  assert.match(text, /^- Compare with care\.$/m);
});

test("the same files make the same bytes, wherever they are", () => {
  assert.equal(document(), text);
  const copy = mkdtempSync(join(tmpdir(), "weight-search-results-copy-"));
  try {
    cpSync(folder, copy, { recursive: true });
    const args = ["report", join(copy, "results/published"), "--format", "results", "-o", join(copy, "RESULTS.md")];
    assert.equal(weightSearch(args).code, 0);
    assert.equal(readFileSync(join(copy, "RESULTS.md"), "utf8"), text);
  } finally {
    rmSync(copy, { recursive: true });
  }
});

test("the document is not written over what it is made from", () => {
  const before = readFileSync(join(PUBLISHED, "reference.json"));
  for (const output of [join(PUBLISHED, "reference.json"), join(PUBLISHED, "a", "config.json"), PUBLISHED]) {
    const { code, stderr } = weightSearch(["report", PUBLISHED, "--format", "results", "-o", output]);
    assert.deepEqual([code, stderr.split("\n").length], [2, 2], stderr);
    assert.match(stderr, /^error: .*expected a file/);
  }
  assert.deepEqual(readFileSync(join(PUBLISHED, "reference.json")), before);
});

test("a file that a link leads to is written, and the link stays", () => {
  const [file, link] = [join(folder, "behind.json"), join(folder, "link.json")];
  writeFileSync(file, "old");
  symlinkSync(file, link);
  assert.equal(weightSearch(["report", PUBLISHED, "--format", "json", "-o", link]).code, 0);
  assert.equal(JSON.parse(readFileSync(file, "utf8")).length, 6);
  assert.ok(lstatSync(link).isSymbolicLink());
});

test("any format can go to a file", () => {
  const output = join(folder, "table.json");
  assert.equal(weightSearch(["report", PUBLISHED, "--format", "json", "-o", output]).stdout, `report: ${output}\n`);
  assert.equal(JSON.parse(readFileSync(output, "utf8")).length, 6);
});

const BAD: readonly [title: string, change: (reference: typeof REFERENCE) => object, message: RegExp][] = [
  ["an unknown key", (all) => ({ ...all, note: [] }), /reference\.json: key "note": .*did you mean "notes"/],
  [
    "an unknown source",
    ({ sources: _, ...all }) => all,
    /key "networks\[0\]\.reported\[0\]\.source": expected the name of one/,
  ],
  [
    "weights that are none",
    (all) => ({
      ...all,
      networks: all.networks.map((each) => ({ ...each, missing: [{ weights: "7b", reason: "?" }] })),
    }),
    /"networks\[0\]\.missing\[0\]\.weights"/,
  ],
  [
    "a reason that is missing",
    (all) => ({ ...all, networks: all.networks.map((each) => ({ ...each, missing: [{ weights: "1b" }] })) }),
    /"networks\[0\]\.missing\[0\]\.reason"/,
  ],
  [
    "a network twice",
    (all) => ({ ...all, networks: [...all.networks, ...all.networks] }),
    /key "networks\[1\]": expected each once, found "resnet20 on synthetic"/,
  ],
  [
    "a figure twice",
    (all) => ({
      ...all,
      networks: all.networks.map((each) => ({ ...each, reported: [...each.reported, ...each.reported] })),
    }),
    /key "networks\[0\]\.reported\[1\]": expected each once, found "paper: /,
  ],
];
for (const [title, change, message] of BAD) {
  test(`${title} in reference.json: one line, exit 2, and nothing written`, () => {
    const parent = mkdtempSync(join(folder, "bad-"));
    run("a", [0.5], {}, parent);
    writeFileSync(join(parent, "reference.json"), JSON.stringify(change(REFERENCE)));
    const output = join(parent, "RESULTS.md");
    assertRefused(["report", parent, "--format", "results", "-o", output], message);
    assert.throws(() => readFileSync(output), /ENOENT/);
  });
}

test("a recipe that no command can name has to be published first; --mean means nothing here", () => {
  const parent = mkdtempSync(join(folder, "own-"));
  run("a", [0.5], { recipeFile: "/home/me/tuned.json" }, parent);
  const refused = (...args: string[]) => weightSearch(["report", parent, "--format", "results", ...args]).stderr;
  assert.match(refused(), /a: expected training\.json in it.*weight-search publish writes it/);
  assert.match(refused("--mean"), /option --mean: expected none with --format results/);
});

test("calibrated batch normalization goes with the recipe: runs with it are compared with each other", () => {
  const parent = mkdtempSync(join(folder, "calibrated-"));
  run("a", [0.5], { bnCalibration: 40, seed: 0 }, parent);
  run("float", [0.75], { bnCalibration: 40, search: null }, parent);
  run("plain", [0.875], { search: null }, parent);
  const { stdout } = weightSearch(["report", parent, "--format", "results"]);
  const tables = stdout.split("Recipe ").slice(1);
  const calibrated = tables.find((each) => each.startsWith("`synthetic --epochs 2 --bn-calibration 40`:")) ?? "";
  assert.match(calibrated, /^\| +\| float +\| 1 bit \{±1\} +\|$/m);
  assert.match(calibrated, /^\| below float, points +\| – +\| 25\.00 +\|$/m);
  assert.ok(tables.some((each) => each.startsWith("`synthetic --epochs 2`:")));
});

test("a search that started from a published float model is compared with it, and with that model trained on alike", () => {
  const parent = mkdtempSync(join(folder, "started-"));
  const recipe = { ...FIXTURE.recipe, batchSize: 32, epochs: 1 };
  run("float-seed0", [0.75, 0.75], { search: null }, parent);
  run("float-again-seed0", [0.5], { search: null, recipe }, parent);
  run("a", [0.5], { loadModelState: "float-seed0", recipe }, parent);
  const table = () => {
    const { stdout } = weightSearch(["report", parent, "--format", "results"]);
    assert.match(stdout, /^npx weight-search train .* --load-model-state \S+\/float-seed0 --seed 0$/m);
    return (
      stdout
        .split("Recipe ")
        .find((each) => each.startsWith("`synthetic --epochs 1 --load-model-state float-seed0`:")) ?? ""
    );
  };
  const before = table();
  assert.match(before, /^\| below float, points +\| – +\|$/m);
  assert.match(before, /^\| below the float model it started from, points +\| 25\.00 +\|$/m);
  run("on", [1], { search: null, loadModelState: "float-seed0", recipe }, parent);
  const after = table();
  assert.match(after, /^\| +\| float +\| 1 bit \{±1\} +\|$/m);
  assert.match(after, /^\| below float, points +\| – +\| 50\.00 +\|$/m);
  assert.match(after, /^\| below the float model it started from, points +\| −25\.00 +\| 25\.00 +\|$/m);
});

test("the reference that is committed is one", () => {
  const parent = mkdtempSync(join(folder, "committed-"));
  run("a", [0.5], {}, parent);
  cpSync(join(ROOT, "results/published/reference.json"), join(parent, "reference.json"));
  const { code, stdout, stderr } = weightSearch(["report", parent, "--format", "results"]);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(stdout, /^## ResNet-20 on CIFAR-10$/m);
  assert.match(stdout, /^\| \[original program\]\[original\]: top-1, % +\| 91\.77 +\| 90\.70 /m);
});
