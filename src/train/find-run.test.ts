import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, test } from "node:test";
import { fakeEpoch } from "../../tests/support/fake-run.js";
import { INPUT as input, settingsOf as settings } from "../../tests/support/run-settings.js";
import { TinyNetwork } from "../../tests/support/tiny-network.js";
import { readRunConfig } from "../run/config.js";
import { writeConfig } from "../run/directory.js";
import { lengthenedConfig } from "../run/lengthening.js";
import { lockRun } from "../run/lock.js";
import { BEGINNING } from "../run/progress.js";
import type { RunSettings } from "../run/settings.js";
import { lockFile } from "../tensor/process.js";
import { checkpointTensors } from "./checkpoint.js";
import { findRun, parentStart } from "./find-run.js";
import { newOptimizer } from "./new-optimizer.js";
import { checkpointFolder } from "./run-checkpoints.js";
import { beginRun } from "./run-files.js";
import { nextStage } from "./settings.js";

const root = mkdtempSync(join(tmpdir(), "weight-search-find-"));
after(() => rmSync(root, { recursive: true }));

const SHORT = { epochs: 2 };
const SETTINGS = settings(SHORT);

const trained = (() => {
  const network = new TinyNetwork();
  return { network, optimizer: newOptimizer(network, SETTINGS.recipe) };
})();

/** A run of these settings after a number of epochs; its directory. */
function runAfter(workDir: string, wanted: RunSettings, epochs = 0, laterStages = 0): string {
  const data = { train: 1, val: 1, classes: 10, sha256: "0" };
  const context = { device: "cpu", laterStages, data, input, processes: 1 };
  const { directory, unlock } = beginRun(workDir, wanted, context, trained, assert.fail);
  unlock();
  const progress = { ...BEGINNING, epochs: Array.from({ length: epochs }, (_, index) => fakeEpoch(index + 1, 0.5)) };
  checkpointFolder(directory).write({ progress, tensors: checkpointTensors(trained) });
  return directory;
}

const folder = () => mkdtempSync(join(root, "work-"));
const find = (workDir: string, wanted = SETTINGS, more = {}) =>
  findRun({ workDir, settings: wanted, laterStages: 0, finishedSince: null, ...more });

test("where there is no run, none is found", () => {
  assert.equal(find(join(root, "nowhere")), null);
  assert.equal(find(folder()), null);
});

test("the newest run of the same settings that is not over", () => {
  const workDir = folder();
  runAfter(workDir, SETTINGS, 1);
  const newest = runAfter(workDir, SETTINGS, 1);
  runAfter(workDir, settings({ ...SHORT, seed: 1 }), 1);
  runAfter(workDir, SETTINGS, 2);
  assert.equal(find(workDir), newest);
  assert.equal(find(workDir, { ...SETTINGS, threads: 7, checkpointMinutes: 3 }), newest);
  for (const other of [
    settings({ ...SHORT, batchSize: 3 }),
    settings({ ...SHORT, syncBn: true }),
    settings({ ...SHORT, loadModelState: "a.pth" }),
    settings({ ...SHORT, valSplit: 9 }),
    settings({ ...SHORT, bnCalibration: 9 }),
    { ...SETTINGS, stateBn: true },
  ]) {
    assert.equal(find(workDir, other), null);
  }
});

test("one that was lengthened counts as a run of that many epochs, unless its schedule was changed", () => {
  const workDir = folder();
  const directory = runAfter(workDir, SETTINGS, 1);
  const longer = settings({ epochs: 3 });
  for (const changesSchedule of [false, true]) {
    const { settings: config } = readRunConfig(join(directory, "config.json"));
    const entry = { from: 2, to: 3, epochs: 1, batch: 0, changesSchedule, at: "2026-01-01T00:00:00.000Z" };
    writeConfig(directory, lengthenedConfig(Object.fromEntries(config), entry));
    assert.equal(find(workDir), null);
    assert.equal(find(workDir, longer), changesSchedule ? null : directory);
  }
});

test("a finished one counts if it began after a given time", () => {
  const workDir = folder();
  const before = new Date(Date.now() - 1000);
  const over = runAfter(workDir, SETTINGS, 2);
  assert.equal(find(workDir), null);
  assert.equal(find(workDir, SETTINGS, { finishedSince: before }), over);
  assert.equal(find(workDir, SETTINGS, { finishedSince: new Date(Date.now() + 1000) }), null);
});

test("a run that another process trains is not taken", () => {
  const workDir = folder();
  const directory = runAfter(workDir, SETTINGS);
  // The lock is the open directory's, so that another one of this process counts too.
  const unlock = lockRun(directory, lockFile, assert.fail);
  assert.equal(find(workDir), null);
  unlock();
  assert.equal(find(workDir), directory);
});

test("a later stage of the same search is found, of another one not", () => {
  const workDir = folder();
  const first = settings({ ...SHORT, quantizeNetwork: true, stages: 3 });
  const one = runAfter(workDir, first, 2, 2);
  const two = runAfter(workDir, nextStage(first, one), 1, 1);
  assert.equal(find(workDir, first, { laterStages: 2 }), two);
  assert.equal(find(workDir, first, { laterStages: 1 }), null);
  assert.equal(
    find(workDir, settings({ ...SHORT, quantizeNetwork: true, stages: 3, soft: true }), { laterStages: 2 }),
    null,
  );
});

test("what is not a run, or has lost its checkpoints, is skipped", () => {
  const workDir = folder();
  const directory = runAfter(workDir, SETTINGS);
  const parent = join(directory, "..");
  cpSync(directory, join(parent, "copy"), { recursive: true });
  rmSync(join(directory, "checkpoints"), { recursive: true });
  assert.equal(basename(find(workDir) ?? ""), "copy");
  for (const name of readdirSync(join(parent, "copy"))) rmSync(join(parent, "copy", name), { recursive: true });
  assert.equal(find(workDir), null);
});

test("a parent began before its child", () => {
  const start = parentStart();
  // Other systems than Linux do not say.
  if (process.platform !== "linux") return;
  assert.ok(start !== null && start.getTime() < Date.now() && Date.now() - start.getTime() < 86_400_000 * 365);
});
