// Two processes train one network, from outside: what they print, write and agree on.
import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { readSafetensors } from "../../src/formats/safetensors.js";
import { readMetrics } from "../../src/run/metrics-jsonl.js";
import { checkSame, runIn } from "../faults/trial.js";
import { weightSearch } from "../support/command.js";
import { startRanks, trainRanks } from "../support/ranks.js";

const root = mkdtempSync(join(tmpdir(), "weight-search-together-"));
after(() => rmSync(root, { recursive: true }));

const folder = () => mkdtempSync(join(root, "run-"));
const SMALL = ["--epochs", "2", "--limit-batches", "3", "--batch-size", "8", "--threads", "1", "--dist-timeout", "60"];
const SEARCH = ["-q", "--quant-json", "po2-2b"];

/** Trains in two processes; returns the run's directory and what each printed. */
async function together(args: readonly string[]) {
  const workDir = folder();
  const ended = await trainRanks([...args, "-o", workDir]);
  assert.deepEqual(
    ended.map(({ code, stderr }) => [code, stderr]),
    [
      [0, ""],
      [0, ""],
    ],
  );
  return { directory: runIn(workDir) ?? "", stdout: ended.map(({ stdout }) => stdout) };
}

test("one process speaks and writes, and the launcher trains the same network", async () => {
  const { directory, stdout } = await together([...SEARCH, ...SMALL]);
  assert.match(stdout[0] ?? "", /2 processes, each cpu, 1 thread[\s\S]* 2\/2 [\s\S]*run: /);
  assert.equal(stdout[1], "");

  const workDir = folder();
  const {
    code,
    stderr,
    stdout: launched,
  } = weightSearch([...["train", "--nproc-per-node", "2", ...SEARCH, ...SMALL, "-o", workDir]]);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(launched, /^\[rank 0\] resnet20, hard search/);
  checkSame(directory, runIn(workDir) ?? "");
});

test("metrics are over all images, and equal those of one process on the quantized model", async () => {
  const { directory } = await together([...SEARCH, ...SMALL]);
  const metrics = readMetrics(join(directory, "metrics.jsonl")).at(-1);
  assert.ok(metrics?.communication);
  assert.deepEqual([metrics.communication.processes, metrics.communication.steps], [2, 3]);
  // 3 batches of 8 images.
  assert.ok(Number.isInteger(Math.round(metrics.train.top1 * 24 * 1e6) / 1e6), `${metrics.train.top1}`);
  const evaluated = JSON.parse(weightSearch(["evaluate", directory, "--limit-batches", "3", "--json"]).stdout);
  assert.equal(evaluated.images, 750);
  assert.ok(Math.abs(evaluated.loss / metrics.val.loss - 1) < 1e-6, `${evaluated.loss} ${metrics.val.loss}`);
  assert.equal(evaluated.top1, metrics.val.top1);
});

test("the bytes of gradients are 4 a weight, however many values it may take", async () => {
  for (const values of ["1b", "po2-2b", "int-4b"]) {
    const args = ["-q", "--quant-json", values, "--epochs", "1", ...SMALL.slice(2), "--limit-batches", "1"];
    const { directory } = await together(args);
    const { communication } = readMetrics(join(directory, "metrics.jsonl"))[0] ?? {};
    const { tensors } = readSafetensors(join(directory, "model.safetensors"));
    const trained = [...tensors].filter(([name]) => !/running_|num_batches/.test(name));
    const numbers = trained.reduce((sum, [, { shape }]) => sum + shape.reduce((a, b) => a * b, 1), 0);
    assert.equal(communication?.bytes, 4 * numbers, values);
  }
});

test("a batch that does not divide is split exactly", async () => {
  const args = ["--epochs", "1", "--limit-batches", "1", "--batch-size", "7", "--threads", "1", "--sync-bn"];
  const { directory } = await together(args);
  const workDir = folder();
  assert.equal(weightSearch(["train", ...args, "-o", workDir]).code, 0);
  const [one, two] = [runIn(workDir) ?? "", directory].map((path) => readMetrics(join(path, "metrics.jsonl"))[0]);
  assert.ok(
    Math.abs((one?.train.loss ?? 0) / (two?.train.loss ?? 1) - 1) < 1e-6,
    `${one?.train.loss} ${two?.train.loss}`,
  );
  const [a, b] = [runIn(workDir) ?? "", directory].map(
    (path) => readSafetensors(join(path, "state.safetensors")).tensors,
  );
  for (const [name, { data }] of a ?? []) {
    if (!name.endsWith("weight") && !name.includes("running")) continue;
    const [first, second] = [data, b?.get(name)?.data ?? data].map(
      (bytes) => new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4),
    );
    const worst = Math.max(...[...(first ?? [])].map((value, index) => Math.abs(value - (second?.[index] ?? 0))));
    assert.ok(worst < 1e-4, `${name}: ${worst}`);
  }
});

test("a stop signal to one process stops all after the same step, and resuming is bit-exact", async () => {
  const uninterrupted = await together([...SEARCH, ...SMALL, "--limit-batches", "12", "--sync-bn"]);
  const workDir = folder();
  const args = [...SEARCH, ...SMALL, "--limit-batches", "12", "--sync-bn", "-v", "-o", workDir];
  const running = await startRanks(args);
  // Then the other one, too, is past the moment from which on it answers signals.
  await running[0]?.printed(/ 1\/2 /);
  running[1]?.kill("SIGTERM");
  const ended = await Promise.all(running.map((one) => one.ended));
  assert.deepEqual(
    ended.map(({ code }) => code),
    [143, 143],
  );
  assert.match(ended[0]?.stderr ?? "", /^stopped by SIGTERM after .*; to resume: weight-search train --resume /m);
  assert.equal(ended[1]?.stderr, "");
  const directory = runIn(workDir) ?? "";
  const resumed = await trainRanks(["--resume", directory]);
  assert.deepEqual(
    resumed.map(({ code }) => code),
    [0, 0],
    resumed.map(({ stderr }) => stderr).join(""),
  );
  checkSame(uninterrupted.directory, directory);
});

test("a run resumes with another number of processes, with a note", async () => {
  const { directory } = await together([...SEARCH, ...SMALL]);
  const copy = join(folder(), "synthetic-resnet20", "copy");
  cpSync(directory, copy, { recursive: true });
  for (const name of readdirSync(join(copy, "checkpoints"))) {
    if (name.startsWith("0002")) rmSync(join(copy, "checkpoints", name));
  }
  const { code, stderr, stdout } = weightSearch(["train", "--resume", copy]);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /1 process \(before: 2\)/);
  assert.match(stdout, /resuming .* from the end of epoch 1/);
});

test("a restarted command resumes its own run, and no other", async () => {
  const workDir = folder();
  const args = [...SEARCH, ...SMALL, "-o", workDir];
  const [first] = await trainRanks(args);
  assert.equal(first?.code, 0);
  const parent = join(workDir, "synthetic-resnet20");
  const runs = () => readdirSync(parent).filter((name) => !name.startsWith("."));
  // It is finished, and seems to have started before this launcher: then another one begins.
  const [auto] = await trainRanks(args, [{ args: ["--resume", "auto"] }, { args: ["--resume", "auto"] }]);
  assert.equal(auto?.code, 0, auto?.stderr);
  assert.equal(runs().length, 2);
  for (const name of readdirSync(join(parent, runs()[1] ?? "", "checkpoints"))) {
    if (name.startsWith("0002")) rmSync(join(parent, runs()[1] ?? "", "checkpoints", name));
  }
  const [again] = await trainRanks(args, [], { environment: { TORCHELASTIC_RESTART_COUNT: "1" } });
  assert.match(again?.stdout ?? "", /resuming .* from the end of epoch 1/, again?.stderr);
  const [other] = await trainRanks([...args, "--seed", "1", "--resume", "auto"]);
  assert.equal(other?.code, 0, other?.stderr);
  assert.equal(runs().length, 3);
});

test("rank 0 alone reads the model that a run starts from", async () => {
  const { directory } = await together([...SEARCH, ...SMALL]);
  const [here, elsewhere] = [folder(), folder()];
  mkdirSync(join(here, "models"));
  cpSync(join(directory, "model.safetensors"), join(here, "models", "model.safetensors"));
  const args = ["-q", "--active-bit", "0", ...SMALL, "--load-model-state", "models/model.safetensors", "-o", "out"];
  const ended = await trainRanks(args, [{ cwd: here }, { cwd: elsewhere }]);
  assert.deepEqual(
    ended.map(({ code, stderr }) => [code, stderr]),
    [
      [0, ""],
      [0, ""],
    ],
  );
  assert.match(ended[0]?.stdout ?? "", /before training: val loss/);
  assert.deepEqual([existsSync(join(here, "out")), existsSync(join(elsewhere, "out"))], [true, false]);
});

test("stages in a row, refined by all processes", async () => {
  const workDir = folder();
  const ended = await trainRanks(["-q", "--stages", "2", ...SMALL, "-o", workDir]);
  assert.deepEqual(
    ended.map(({ code, stderr }) => [code, stderr]),
    [
      [0, ""],
      [0, ""],
    ],
  );
  assert.equal((ended[0]?.stdout.match(/^run: /gm) ?? []).length, 2);
});

for (const [name, own, pattern] of [
  [
    "settings",
    ["--seed", "3"],
    /^error: settings: expected the same on every process, found seed 0 on rank 0 and 3 on rank 1$/,
  ],
  ["batch size", ["--batch-size", "4"], /^error: settings: .* recipe\.batchSize 8 on rank 0 and 4 on rank 1$/],
  ["statistics", ["--sync-bn"], /^error: settings: .* syncBn false on rank 0 and true on rank 1$/],
] as const) {
  test(`each process reports a different ${name}`, async () => {
    const ended = await trainRanks([...SEARCH, ...SMALL, "-o", folder()], [{}, { args: own }]);
    for (const { code, stderr, stdout } of ended) {
      assert.deepEqual([code, stdout], [2, ""]);
      assert.match(stderr.trim(), pattern);
    }
  });
}

test("all processes report what one cannot read", async () => {
  const ended = await trainRanks(
    [...SMALL, "-o", folder()],
    [{}, { args: ["-d", "cifar10", "-p", join(root, "nowhere")] }],
  );
  assert.equal(ended[1]?.code, 2);
  assert.match(ended[1]?.stderr ?? "", /^error: (settings|.*nowhere): /);
  assert.notEqual(ended[0]?.code, 0);
  const missing = ["--train-json", "recipe.json", ...SMALL, "-o", "out"];
  const here = folder();
  writeFileSync(join(here, "recipe.json"), readFileSync(join(runRecipes(), "synthetic.json")));
  const [zero, one] = await trainRanks(missing, [{ cwd: here }, { cwd: folder() }]);
  assert.equal(one?.code, 2);
  assert.match(one?.stderr ?? "", /^error: recipe\.json: /);
  assert.equal(zero?.code, 1);
  assert.match(zero?.stderr ?? "", /^error: rank 1 failed: recipe\.json: .*\n$/);
  assert.equal(existsSync(join(here, "out")), false);
});

function runRecipes(): string {
  return new URL("../../../json/training", import.meta.url).pathname;
}

test("a NaN loss ends all, with one table", async () => {
  const recipe = join(folder(), "recipe.json");
  const base = JSON.parse(readFileSync(join(runRecipes(), "synthetic.json"), "utf8"));
  writeFileSync(recipe, JSON.stringify({ ...base, init_lr: 1e30 }));
  for (const onNan of ["stop", "skip", "rollback"]) {
    const args = [...SMALL, "--limit-batches", "20", "--train-json", recipe, "--on-nan", onNan, "-o", folder()];
    const ended = await trainRanks(args);
    assert.deepEqual(
      ended.map(({ code }) => code),
      [1, 1],
    );
    assert.match(ended[0]?.stderr ?? "", /trained tensor[\s\S]*^error: epoch 1, batch/m);
    assert.match(ended[1]?.stderr ?? "", /^error: epoch 1, batch .*\n$/);
  }
});

test("images too few for all processes are refused", async () => {
  const workDir = join(folder(), "out");
  const ended = await trainRanks([...SMALL, "--batch-size", "1", "-o", workDir]);
  assert.equal(existsSync(workDir), false);
  for (const { code, stderr, stdout } of ended) {
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, /^error: batch_size: expected at least one for each of 2 processes, found 1/);
  }
});
