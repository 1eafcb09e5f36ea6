// The library as a script uses it: by the package's name, and nothing but what `exports` lists.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { resume, train } from "weight-search";
import { makeSynthetic } from "weight-search/data";
import { parseTrainingConfig } from "weight-search/train";
import { ROOT } from "./support/command.js";

const folder = mkdtempSync(join(tmpdir(), "weight-search-library-"));
after(() => rmSync(folder, { recursive: true }));

const EXAMPLE = join(ROOT, "examples/train.mjs");

/** The run directories below a work directory. */
function runsIn(workDir: string): string[] {
  const parent = join(workDir, "synthetic-resnet20");
  return existsSync(parent) ? readdirSync(parent).map((name) => join(parent, name)) : [];
}

/** What depends on the run alone: its tensors to the bit, and its accuracies. */
function resultOf(directory: string) {
  const bytes = (file: string) => readFileSync(join(directory, file)).toString("base64");
  const rows = readFileSync(join(directory, "result.csv"), "utf8").split("\n");
  return [bytes("state.safetensors"), bytes("packed.safetensors"), rows.map((row) => row.split(",").slice(0, 6))];
}

test("a short script trains, is killed, and resumes by the same call to the same bits", async () => {
  assert.ok(readFileSync(EXAMPLE, "utf8").split("\n").length <= 25);
  const [whole, killed] = [join(folder, "whole"), join(folder, "killed")];
  const { status, stdout, stderr } = spawnSync(process.execPath, [EXAMPLE, whole], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^(epoch \d: top-1 [\d.]+ %\n){3}finished: .*, 3 epochs\n$/);

  const script = spawn(process.execPath, [EXAMPLE, killed], { stdio: ["ignore", "pipe", "inherit"] });
  await once(script.stdout, "data");
  script.kill("SIGKILL");
  await once(script, "exit");
  const again = spawnSync(process.execPath, [EXAMPLE, killed], { encoding: "utf8" });
  assert.equal(again.status, 0, again.stderr);
  assert.match(again.stdout, /finished: .*, 3 epochs\n$/);
  const [[first = "", ...none], [second = "", ...others]] = [runsIn(whole), runsIn(killed)];
  assert.deepEqual([none, others], [[], []]);
  assert.deepEqual(resultOf(second), resultOf(first));
});

test("what is wrong is named by its option, before anything is written", async () => {
  const workDir = join(folder, "none");
  const options = { network: "resnet20", data: "synthetic", epochs: 1, workDir };
  for (const [wrong, message] of [
    [{ network: "resnet2" }, /^`network`: expected one of .*received "resnet2"; did you mean "resnet20"\?$/],
    [{ seed: 0.5 }, /^`seed`: expected an integer from 0 to 4294967295, received 0\.5$/],
    [{ epochs: 0 }, /^`epochs`: expected an integer ≥ 1, received 0$/],
    [{ batchSize: "8" }, /^`batchSize`: expected an integer ≥ 1, received "8"$/],
    [{ quantize: false, values: "1b" }, /^`values` says how weights are searched: expected `quantize` with it$/],
    [{ quantize: true, values: [1, 1] }, /^`values`: values\[1\]: expected numbers that differ/],
    [{ seeds: 1 }, /^option "seeds": expected a known option; did you mean "seed"\?$/],
    [{ config: { init_lr: 0 } }, /^config: key "init_lr": expected a number > 0, found 0$/],
    [{ save: 1 }, /`save`: expected true or false/],
    [{ quantize: "yes" }, /`quantize`: expected true or false/],
  ] as const) {
    await assert.rejects(train({ ...options, ...wrong } as never), { name: "InputError", message });
  }
  await assert.rejects(resume(join(folder, "nowhere")), { name: "InputError", message: /^`resume`: .*found none$/ });
  assert.equal(existsSync(workDir), false);
});

test("options, notes and loggers: what is not said has the command line's default", async () => {
  const notes: string[] = [];
  const calls: string[] = [];
  const { epochs, directory, network } = await train({
    network: "resnet20",
    data: "synthetic",
    epochs: 1,
    limitBatches: 1,
    batchSize: 4,
    syncBn: true,
    save: false,
    note: (text) => notes.push(text),
    signals: null,
    loggers: [
      {
        start: ({ settings }) => calls.push(`start ${settings.recipe.batchSize} ${settings.seed}`),
        step: ({ pass }) => calls.push(pass),
        epoch: ({ epoch }) => calls.push(`epoch ${epoch}`),
        end: ({ outcome }) => calls.push(outcome),
      },
    ],
  });
  assert.deepEqual(notes, ["`syncBn`: one process sees the whole batch already"]);
  assert.deepEqual(calls, ["start 4 0", "train", "val", "epoch 1", "finished"]);
  assert.equal(directory, null);
  assert.equal(epochs.length, 1);
  assert.equal([...network.namedParameters()].length > 0, true);
});

test("a run that was not resumed for its data can be resumed with the right ones by the same process", async () => {
  const data = (seed: number) => makeSynthetic({ seed, trainCount: 8, valCount: 4 });
  const options = { network: "resnet20", epochs: 1, batchSize: 4, workDir: folder, signals: null };
  const { directory } = await train({ ...options, data: data(1) });
  assert.ok(directory !== null);
  const wrong = { name: "InputError", message: /expected the data that .* was trained on/ };
  await assert.rejects(resume(directory, { data: data(2) }), wrong);
  await assert.rejects(resume(directory, { data: data(2) }), wrong);
  assert.equal((await resume(directory, { data: data(1) })).outcome, "finished");
});

test("a logger that throws as a run starts leaves the run free to be resumed", async () => {
  const workDir = join(folder, "thrown");
  const options = {
    network: "resnet20",
    data: "synthetic",
    epochs: 1,
    limitBatches: 1,
    batchSize: 4,
    workDir,
    signals: null,
  };
  const refuse = () => {
    throw new Error("no");
  };
  await assert.rejects(train({ ...options, loggers: [{ start: refuse }] }), /^Error: no$/);
  const [directory = ""] = runsIn(workDir);
  assert.equal((await resume(directory, { signals: null, note: () => undefined })).outcome, "finished");
});

test("exports are what is public, and nothing else", async () => {
  const { exports } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const names = ["tensor", "nn", "search", "models", "data", "optim", "train", "formats"];
  // Tools read the manifest itself by its name.
  assert.deepEqual(Object.keys(exports), [".", ...names.map((name) => `./${name}`), "./package.json"]);
  for (const name of names) {
    assert.ok(Object.keys(await import(`weight-search/${name}`)).length > 0, name);
    assert.ok(existsSync(join(ROOT, exports[`./${name}`].types)), name);
  }
  const script = join(folder, "inside.mjs");
  writeFileSync(script, "");
  const inside = "weight-search/dist/src/train/loop.js";
  await assert.rejects(import(inside), { code: "ERR_PACKAGE_PATH_NOT_EXPORTED" });
  assert.equal(typeof parseTrainingConfig, "function");
});
