import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, test } from "node:test";
import { fakeEpoch } from "../../tests/support/fake-run.js";
import { INPUT, notebook, settingsOf } from "../../tests/support/run-settings.js";
import { TinyNetwork } from "../../tests/support/tiny-network.js";
import { writeConfig } from "../run/directory.js";
import { programVersions } from "../run/program-versions.js";
import { BEGINNING } from "../run/progress.js";
import type { RunSettings } from "../run/settings.js";
import { versions } from "../tensor/runtime.js";
import { newOptimizer } from "./new-optimizer.js";
import { type OpenRun, openRun } from "./open-run.js";
import type { ResumeOptions } from "./options.js";
import { checkpointFolder } from "./run-checkpoints.js";
import { beginRun } from "./run-files.js";
import { nextStage } from "./settings.js";

const root = mkdtempSync(join(tmpdir(), "open-run-"));
after(() => rmSync(root, { recursive: true }));

const FLAGS = { seed: 3, epochs: 2, threads: 1, quantizeNetwork: true };
const SETTINGS = settingsOf({ ...FLAGS, quantJson: "1b" });
const BY_BIT = settingsOf({ ...FLAGS, stages: 2 });
const DATA = { train: 5, val: 4, classes: 3, sha256: "ab".repeat(32) };

/** A run that has just begun and was killed; its directory. */
function begun(settings: RunSettings = SETTINGS, laterStages = 0, workDir = mkdtempSync(join(root, "work-"))): string {
  const network = new TinyNetwork();
  const trained = { network, optimizer: newOptimizer(network, settings.recipe) };
  const context = { device: "cpu", laterStages, data: DATA, input: INPUT, processes: 1 };
  const { directory, unlock } = beginRun(workDir, settings, context, trained, assert.fail);
  unlock();
  return directory;
}

/** Adds the checkpoint of the end of an epoch; returns its path. */
function endEpoch(directory: string, epochs: number): string {
  const progress = { epochs: [fakeEpoch(1, 0.5), fakeEpoch(2, 0.6)].slice(0, epochs), pass: null, leftOut: [] };
  return checkpointFolder(directory).write({ progress, tensors: new Map() });
}

/** Opens a run, and lets go of it; what was noted stands beside. */
function open(directory: string, options: ResumeOptions = {}): OpenRun & { readonly noted: string } {
  const { notes, note } = notebook();
  const run = openRun(directory, options, 1, note);
  run.unlock();
  return { ...run, noted: notes.join("\n") };
}

function refused(directory: string, message: RegExp): void {
  assert.throws(() => open(directory), { name: "InputError", message });
}

test("a run is opened with its settings, at its newest checkpoint", () => {
  const directory = begun();
  const { settings, checkpoint, device, laterStages, data, noted } = open(directory);
  assert.deepEqual(settings, SETTINGS);
  assert.deepEqual([device, laterStages, data], ["cpu", 0, DATA]);
  assert.deepEqual(checkpoint.progress, BEGINNING);
  assert.equal(noted, "");
  endEpoch(directory, 1);
  assert.equal(open(directory).checkpoint.progress.epochs.length, 1);
});

test("where and how it is computed may change; other threads are noted", () => {
  const directory = begun();
  const changed = { path: "x", workers: 5, onBadImage: "skip", onNan: "rollback", checkpointMinutes: 0 } as const;
  const { settings, noted } = open(directory, { ...changed, seed: 9 });
  assert.deepEqual(settings, { ...SETTINGS, ...changed });
  assert.equal(noted, "");
  const others = open(directory, { threads: 2 });
  assert.equal(others.settings.threads, 2);
  assert.equal(
    others.noted,
    "results may differ in their last digits from those of an uninterrupted run: 2 threads (before: 1)",
  );
});

test("another program than the run began with is noted", () => {
  const directory = begun();
  const config = JSON.parse(readFileSync(join(directory, "config.json"), "utf8"));
  writeConfig(directory, { ...config, versions: { ...config.versions, libtorch: "0.9", kernels: "none" } });
  const { libtorch, kernels } = programVersions(versions());
  const differences = [["libtorch", libtorch, "0.9"], ...(kernels === "none" ? [] : [["kernels", kernels, "none"]])];
  const text = differences.map(([name, now, before]) => `${name} ${now} (before: ${before})`).join(", ");
  assert.match(open(directory).noted, /^results may differ .*$/);
  assert.ok(open(directory).noted.endsWith(`: ${text}`));
});

test("one process at a time trains in a run", () => {
  const directory = begun();
  const first = openRun(directory, {}, 1, assert.fail);
  refused(directory, /: expected a run that no process works on, found one that another process is training$/);
  first.unlock();
  open(directory);
});

test("what a killed process left half-written goes", () => {
  const directory = begun();
  const left = join(directory, ".model.safetensors.123-0123abcd.tmp");
  writeFileSync(left, "half");
  writeFileSync(join(directory, "notes.txt"), "the user's");
  open(directory);
  assert.ok(!existsSync(left));
  assert.ok(existsSync(join(directory, "notes.txt")));
});

test("a damaged checkpoint is skipped with a note; without an intact one, nothing is opened", () => {
  const directory = begun();
  const newest = endEpoch(directory, 1);
  writeFileSync(newest, readFileSync(newest, "utf8").replace('"epoch":1', '"epoch":2'));
  const { checkpoint, noted } = open(directory);
  assert.deepEqual(checkpoint.progress, BEGINNING);
  assert.match(noted, /^[^\n]*0001-000000\.json: sha256: expected [^\n]*; using the checkpoint before it$/);
  for (const name of readdirSync(join(directory, "checkpoints")))
    writeFileSync(join(directory, "checkpoints", name), "");
  refused(directory, /0001-000000\.json: expected a checkpoint's JSON, found .*; nor can the 1 before it be read$/);
  rmSync(join(directory, "checkpoints"), { recursive: true });
  refused(directory, /checkpoints: expected a checkpoint, found none$/);
});

test("what is no run directory is refused", () => {
  const empty = mkdtempSync(join(root, "empty-"));
  for (const path of [empty, join(root, "nowhere")]) {
    refused(path, /^`resume`: .*: expected a run directory, with config\.json, or auto, found none$/);
  }
  writeFileSync(join(empty, "config.json"), '{"formatVersion": 2');
  refused(empty, /config\.json: expected JSON, found /);
});

test("of stages in a row only the last one that has begun is resumed", () => {
  const workDir = mkdtempSync(join(root, "stages-"));
  const first = begun(BY_BIT, 1, workDir);
  endEpoch(first, 1);
  // Neighbours that are none of its stages.
  const unrelated = begun(nextStage(BY_BIT, join(workDir, "another")), 0, workDir);
  mkdirSync(join(first, "..", "broken"));
  writeFileSync(join(first, "..", "broken", "config.json"), "{");
  writeFileSync(join(first, "..", "file"), "");
  endEpoch(first, 2);
  assert.equal(open(first).laterStages, 1);

  const next = begun(nextStage(BY_BIT, first), 0, workDir);
  assert.notEqual(next, unrelated);
  refused(
    first,
    new RegExp(
      `: expected the last stage that has begun, found stage 0, which is over; the one to resume is .*/${basename(next)}$`,
    ),
  );
  assert.equal(open(next).settings.stage, 1);
  // By whatever path the run is named.
  const before = process.cwd();
  process.chdir(first);
  try {
    refused(".", new RegExp(`; the one to resume is \\.\\./${basename(next)}$`));
    refused(join("..", basename(first)), new RegExp(`; the one to resume is \\.\\./${basename(next)}$`));
    refused(`${first}/`, new RegExp(`; the one to resume is .*/${basename(next)}$`));
  } finally {
    process.chdir(before);
  }
});
