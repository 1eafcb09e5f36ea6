import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { ROOT, weightSearch } from "../support/command.js";
import { shortRun } from "../support/short-run.js";

const folder = mkdtempSync(join(tmpdir(), "weight-search-reproduce-test-"));
after(() => rmSync(folder, { recursive: true }));

// With a recipe that no flags can say, so that the published file of it is what the rerun reads.
const recipe = join(folder, "tuned.json");
const synthetic = JSON.parse(readFileSync(join(ROOT, "json/training/synthetic.json"), "utf8"));
// Steps by epochs: the first epoch is the same however many follow.
writeFileSync(recipe, JSON.stringify({ ...synthetic, init_lr: 0.007, lr_scheduler: "Step", milestones: [1] }));
shortRun(join(folder, "runs"), "-q", "--quant-json", "1b", "--train-json", recipe, "--seed", "3");
const PUBLISHED = join(folder, "copies");
assert.equal(weightSearch(["publish", join(folder, "runs"), "-o", PUBLISHED]).code, 0);
const [name = ""] = readdirSync(PUBLISHED);
// So long that the rerun does not end unless it is stopped.
const own = join(PUBLISHED, name, "training.json");
writeFileSync(own, JSON.stringify({ ...JSON.parse(readFileSync(own, "utf8")), epochs: 1_000_000 }));
const empty = join(folder, "empty");
mkdirSync(empty);

function reproduce(...args: readonly string[]) {
  const script = join(ROOT, "dist/tests/reproduce/run.js");
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
    encoding: "utf8",
    env: { ...process.env, OMP_NUM_THREADS: "1" },
  });
  return { code: status, stdout, stderr };
}

test("a published run's first epoch is trained again to the same row", () => {
  const { code, stdout, stderr } = reproduce(folder, PUBLISHED);
  assert.equal(stderr, "");
  assert.match(stdout, new RegExp(`^${name}: same: to the bit\n1 the same, 0 differ, 0 not compared\n$`));
  assert.equal(code, 0);
});

test("a run that starts from a published one is trained again from its model, and not compared without it", () => {
  const runs = join(folder, "started");
  const flags = ["-q", "--quant-json", "1b", "--train-json", "synthetic", "--seed", "4"];
  const start = shortRun(join(runs, "float"), "--seed", "4").directory;
  shortRun(join(runs, "search"), ...flags, "--load-model-state", start);
  const copies = join(folder, "started-copies");
  assert.equal(weightSearch(["publish", start, "--model", "-o", copies]).code, 0);
  assert.equal(weightSearch(["publish", join(runs, "search"), "-o", copies]).code, 0);
  const [float = "", search = ""] = ["-float-", "pretrained"].map(
    (part) => readdirSync(copies).find((each) => each.includes(part)) ?? "",
  );
  assert.match(reproduce(folder, join(copies, search)).stdout, new RegExp(`^${search}: same: to the bit\n`));
  rmSync(join(copies, float, "model.safetensors"));
  const { code, stdout } = reproduce(folder, join(copies, search));
  assert.match(
    stdout,
    new RegExp(`^${search}: not compared: it is trained from a model that is not published, ${float}\n`),
  );
  assert.equal(code, 1);
});

test("a row that differs is reported, with exit code 1", () => {
  const result = join(PUBLISHED, name, "result.csv");
  const [header, row = ""] = readFileSync(result, "utf8").split("\n");
  const [trainLoss, ...rest] = row.split(",");
  writeFileSync(result, `${header}\n${[Number(trainLoss) + 0.002, ...rest].join(",")}\n`);
  const { code, stdout } = reproduce(folder, PUBLISHED);
  assert.match(stdout, /: differs: train_loss [\d.]+, rerun [\d.]+ \(same processor/);
  assert.equal(code, 1);
});

test("files that are none of a run's are named before anything is trained", () => {
  const result = join(PUBLISHED, name, "result.csv");
  const before = readFileSync(result);
  writeFileSync(result, "no numbers\n");
  const { code, stdout, stderr } = reproduce(folder, PUBLISHED);
  writeFileSync(result, before);
  assert.deepEqual([code, stdout], [2, ""]);
  assert.match(stderr, /^[^\n]*result\.csv: line 1: expected train_loss.*\n$/);
});

test("without data, and without runs, a message says what is expected", () => {
  assert.match(reproduce().stderr, /^usage: npm run reproduce -- DATA \[RUN…\] \(DATA: the folder of the data set/);
  assert.match(reproduce(join(folder, "nowhere")).stderr, /found no folder/);
  const { code, stderr } = reproduce(folder, empty);
  assert.match(stderr, /empty: expected a run directory/);
  assert.equal(code, 2);
});
