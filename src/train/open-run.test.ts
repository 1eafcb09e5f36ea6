import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, mock, test } from "node:test";
import { fakeEpoch } from "../../tests/support/fake-run.js";
import { TinyNetwork } from "../../tests/support/tiny-network.js";
import { writeConfig } from "../run/directory.js";
import { BEGINNING } from "../run/progress.js";
import { programVersions } from "../run/record.js";
import { newSgd } from "./fit.js";
import { type OpenRun, openRun } from "./open-run.js";
import { checkpointFolder } from "./run-checkpoints.js";
import { beginRun } from "./saved-run.js";
import { nextStage, resolveSettings, type TrainFlags, type TrainSettings } from "./settings.js";

const root = mkdtempSync(join(tmpdir(), "open-run-"));
after(() => rmSync(root, { recursive: true }));

const FLAGS: TrainFlags = { seed: 3, workDir: "results" };
const SETTINGS = resolveSettings({ ...FLAGS, quantizeNetwork: true, quantJson: "1b", epochs: 2, threads: 1 });
const BY_BIT = resolveSettings({ ...FLAGS, quantizeNetwork: true, stages: 2, epochs: 2, threads: 1 });
const DATA = { train: 5, val: 4, classes: 3, sha256: "ab".repeat(32) };

/** A run that has just begun and was killed; its directory. */
function begun(
  settings: TrainSettings = SETTINGS,
  laterStages = 0,
  workDir = mkdtempSync(join(root, "work-")),
): string {
  const network = new TinyNetwork();
  const trained = { network, sgd: newSgd(network, settings.recipe) };
  const { writer, unlock } = beginRun(
    workDir,
    settings,
    { device: "cpu", laterStages, data: DATA, processes: 1 },
    trained,
  );
  unlock();
  return writer.directory;
}

/** Adds the checkpoint of the end of an epoch; returns its path. */
function endEpoch(directory: string, epochs: number): string {
  const progress = { epochs: [fakeEpoch(1, 0.5), fakeEpoch(2, 0.6)].slice(0, epochs), pass: null, leftOut: [] };
  return checkpointFolder(directory).write({ progress, tensors: new Map() });
}

/** Opens a run, and lets go of it; what was printed stands beside. */
function open(directory: string, flags: Partial<TrainFlags> = {}): OpenRun & { readonly printed: string } {
  const stderr = mock.method(process.stderr, "write", () => true);
  try {
    const run = openRun(directory, { ...FLAGS, ...flags }, 1);
    run.unlock();
    return { ...run, printed: stderr.mock.calls.map(({ arguments: [text] }) => String(text)).join("") };
  } finally {
    stderr.mock.restore();
  }
}

function refused(directory: string, message: RegExp): void {
  assert.throws(() => open(directory), { name: "InputError", message });
}

test("a run is opened with its settings, at its newest checkpoint", () => {
  const directory = begun();
  const { settings, checkpoint, device, laterStages, data, printed } = open(directory);
  assert.deepEqual(settings, SETTINGS);
  assert.deepEqual([device, laterStages, data], ["cpu", 0, DATA]);
  assert.deepEqual(checkpoint.progress, BEGINNING);
  assert.equal(printed, "");
  endEpoch(directory, 1);
  assert.equal(open(directory).checkpoint.progress.epochs.length, 1);
});

test("where and how it is computed may be said anew; other threads are noted", () => {
  const directory = begun();
  const anew = { path: "x", workers: 5, onBadImage: "skip", onNan: "rollback", checkpointMinutes: 0 } as const;
  const { settings, printed } = open(directory, { ...anew, seed: 9, epochs: 7 });
  assert.deepEqual(settings, { ...SETTINGS, ...anew });
  assert.equal(printed, "");
  const others = open(directory, { threads: 2 });
  assert.equal(others.settings.threads, 2);
  assert.equal(
    others.printed,
    "note: results may differ in their last digits from those of an undisturbed run: 2 threads (before: 1)\n",
  );
});

test("another program than the run began with is noted", () => {
  const directory = begun();
  const config = JSON.parse(readFileSync(join(directory, "config.json"), "utf8"));
  writeConfig(directory, { ...config, versions: { ...config.versions, libtorch: "0.9", kernels: "none" } });
  const { libtorch, kernels } = programVersions();
  const differences = [["libtorch", libtorch, "0.9"], ...(kernels === "none" ? [] : [["kernels", kernels, "none"]])];
  const text = differences.map(([name, now, before]) => `${name} ${now} (before: ${before})`).join(", ");
  assert.match(open(directory).printed, /^note: results may differ .*\n$/);
  assert.ok(open(directory).printed.endsWith(`: ${text}\n`));
});

test("one process at a time trains in a run", () => {
  const directory = begun();
  const first = openRun(directory, FLAGS, 1);
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

test("a damaged checkpoint is passed over with a note; without any that is whole, nothing is opened", () => {
  const directory = begun();
  const newest = endEpoch(directory, 1);
  writeFileSync(newest, readFileSync(newest, "utf8").replace('"epoch":1', '"epoch":2'));
  const { checkpoint, printed } = open(directory);
  assert.deepEqual(checkpoint.progress, BEGINNING);
  assert.match(
    printed,
    /^note: [^\n]*0001-000000\.json: sha256: expected [^\n]*; going back to the checkpoint before it\n$/,
  );
  for (const name of readdirSync(join(directory, "checkpoints")))
    writeFileSync(join(directory, "checkpoints", name), "");
  refused(directory, /0001-000000\.json: expected a checkpoint's JSON, found .*; nor can the 1 before it be read$/);
  rmSync(join(directory, "checkpoints"), { recursive: true });
  refused(directory, /checkpoints: expected a checkpoint, found none$/);
});

test("what is no run directory is told so", () => {
  const empty = mkdtempSync(join(root, "empty-"));
  for (const path of [empty, join(root, "nowhere")]) {
    refused(path, /^option --resume: .*: expected a run directory, with config\.json, or auto, found none$/);
  }
  writeFileSync(join(empty, "config.json"), '{"formatVersion": 2');
  refused(empty, /config\.json: expected JSON, found /);
});

test("of stages in a row only the last one that has begun is gone on with", () => {
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
      `: expected the last stage that has begun, found stage 0, which is over; go on with weight-search train --resume .*/${basename(next)}$`,
    ),
  );
  assert.equal(open(next).settings.stage, 1);
  // By whatever path the run is named.
  const before = process.cwd();
  process.chdir(first);
  try {
    refused(".", new RegExp(`; go on with weight-search train --resume \\.\\./${basename(next)}$`));
    refused(join("..", basename(first)), new RegExp(` --resume \\.\\./${basename(next)}$`));
    refused(`${first}/`, new RegExp(` --resume .*/${basename(next)}$`));
  } finally {
    process.chdir(before);
  }
});
