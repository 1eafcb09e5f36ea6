import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, mock, test } from "node:test";
import { fakeEpoch } from "../../../tests/support/fake-run.js";
import { settingsOf as resolved } from "../../../tests/support/run-settings.js";
import { ALONE } from "../../distributed/group.js";
import { BEGINNING, type RunProgress } from "../../run/progress.js";
import type { RunSettings } from "../../run/settings.js";
import { fileError } from "../../system/file-error.js";
import { StoppedBySignal } from "../../system/signals.js";
import { InputError } from "../../text/errors.js";
import { DivergedError } from "../../train/divergence.js";
import { runFailure } from "../../train/failure.js";
import { checkpointFolder } from "../../train/run-checkpoints.js";
import type { StartedRun } from "../../train/start-run.js";
import type { TrainFlags } from "../options/train.js";
import { explainFailure } from "./explain-failure.js";

const folder = mkdtempSync(join(tmpdir(), "explain-failure-"));
after(() => rmSync(folder, { recursive: true }));

const settingsOf = (flags: TrainFlags = {}) => resolved({ batchSize: 48, ...flags });
const SETTINGS = settingsOf({ quantizeNetwork: true, quantJson: "po2-3b" });

const PASS = { batch: 7, loss: 1, top1: 0, top5: 0, images: 7, skippedImages: 0, skippedSteps: 0 };
const MID_EPOCH: RunProgress = {
  epochs: [fakeEpoch(1, 0.5), fakeEpoch(2, 0.5)],
  pass: { ...PASS, seconds: 1, dataWaitSeconds: 0 },
  leftOut: [],
};

/** A run directory with a checkpoint; `null`: with none that can be read. */
function runAt(progress: RunProgress | null): string {
  const directory = mkdtempSync(join(folder, "run-"));
  if (progress !== null) checkpointFolder(directory).write({ progress, tensors: new Map() });
  else writeFileSync(join(directory, "checkpoints"), "");
  return directory;
}

/** The error as a run throws it. */
function failure(error: unknown, settings: RunSettings, directory: string | null, isNew: boolean): unknown {
  // The parts of a run that are looked at.
  return runFailure(error, settings, { directory, isNew, ranks: { group: ALONE } } as StartedRun);
}

/** The output for the user; `printed` before the end. */
function explained(
  error: unknown,
  directory: string | null,
  { isNew = false, settings = SETTINGS } = {},
): { readonly name: string; readonly message: string; readonly printed: string } {
  const stderr = mock.method(process.stderr, "write", () => true);
  let found: unknown;
  try {
    found = explainFailure(failure(error, settings, directory, isNew));
  } finally {
    stderr.mock.restore();
  }
  assert.ok(found instanceof Error);
  const printed = stderr.mock.calls.map(({ arguments: [text] }) => String(text)).join("");
  return { name: found.name, message: found.message, printed };
}

const goOn = (directory: string) => `weight-search train --resume ${directory}`;

/** As the addon throws it. */
const outOfMemory = (message: string) => Object.assign(new Error(message), { code: "ERR_OUT_OF_MEMORY" });

test("out of memory names the settings to lower, with their values, and the checkpoint to resume from", () => {
  const error = outOfMemory("[enforce fail at alloc_cpu.cpp:75] can't allocate memory: you tried 9 bytes\nframe #0: …");
  const reason = "[enforce fail at alloc_cpu.cpp:75] can't allocate memory: you tried 9 bytes";
  assert.deepEqual(explained(error, null), {
    name: "Error",
    message: `out of memory: lower --batch-size (now 48), a smaller value set than 8 values or --workers (now 1): ${reason}`,
    printed: "",
  });
  const directory = runAt(MID_EPOCH);
  const settings = settingsOf({ dataset: "folder", path: "data", workers: 3, transformJson: "cifar10-cutout" });
  assert.equal(
    explained(error, directory, { settings }).message,
    `out of memory: lower --batch-size (now 48) or --workers (now 3): ${reason}; ` +
      `the last good checkpoint is that of epoch 3, batch 7: ${goOn(directory)}`,
  );
});

for (const [code, reason] of [
  ["ENOSPC", "no space left on device"],
  ["EACCES", "permission denied"],
  ["EROFS", "read-only file system"],
] as const) {
  test(`${code} keeps file and reason, and says how to resume, even a new run at its beginning`, () => {
    const system = Object.assign(new Error(`${code}: ${reason}, write`), { code });
    const error = fileError("/runs/a/state.safetensors", "a place that can be written", system);
    const file = `/runs/a/state.safetensors: expected a place that can be written, found ${reason}`;
    for (const [progress, where] of [
      [BEGINNING, "the beginning"],
      [MID_EPOCH, "epoch 3, batch 7"],
      [{ ...MID_EPOCH, pass: null }, "the end of epoch 2"],
    ] as const) {
      const directory = runAt(progress);
      assert.deepEqual(explained(error, directory, { isNew: true }), {
        name: "InputError",
        message: `${file}; the last good checkpoint is that of ${where}: ${goOn(directory)}`,
        printed: "",
      });
      assert.ok(existsSync(directory));
    }
    const unreadable = runAt(null);
    assert.equal(explained(error, unreadable).message, `${file}; once that is mended: ${goOn(unreadable)}`);
    assert.equal(explained(error, null).message, file);
  });
}

const DIVERGED = new DivergedError("epoch 3, batch 8 (step 28): the training loss is NaN", { epoch: 2, batch: 7 }, [
  { name: "conv1.weight", value: 1.23456, gradient: Number.POSITIVE_INFINITY },
  { name: "layer1.0.conv1.alpha", value: 42, gradient: 0.001 },
  { name: "fc.bias", value: Number.NaN, gradient: null },
]);

test("a run that diverged: norms of every layer, possible remedies, the checkpoint to resume from", () => {
  const directory = runAt(MID_EPOCH);
  const { name, message, printed } = explained(DIVERGED, directory);
  assert.equal(name, "Error");
  assert.equal(
    message,
    "epoch 3, batch 8 (step 28): the training loss is NaN (--on-nan skip or rollback leaves such batches out); " +
      `the last good checkpoint is that of epoch 3, batch 7: ${goOn(directory)}`,
  );
  const rows = printed.split("\n").map((line) =>
    line
      .replaceAll(/[^\w.–, ]/g, " ")
      .replaceAll(/ {2,}/g, " ")
      .trim(),
  );
  assert.ok(rows.includes("conv1.weight 1.235 Infinity not finite"), printed);
  assert.ok(rows.includes("layer1.0.conv1.alpha 42.00 0.001000"), printed);
  assert.ok(rows.includes("fc.bias NaN – not finite"), printed);
});

test("out of memory: no smaller set than one of two values is proposed", () => {
  const settings = settingsOf({ quantizeNetwork: true, quantJson: "1b" });
  assert.equal(
    explained(outOfMemory("std::bad_alloc"), null, { settings }).message,
    "out of memory: lower --batch-size (now 48) or --workers (now 1): std::bad_alloc",
  );
});

test("what was tried is not proposed, nor what needs checkpoints without any", () => {
  for (const onNan of ["skip", "rollback"] as const) {
    assert.doesNotMatch(explained(DIVERGED, runAt(MID_EPOCH), { settings: settingsOf({ onNan }) }).message, /--on-nan/);
  }
  assert.equal(explained(DIVERGED, null).message, DIVERGED.message);
});

test("a new run that was hopeless from its first step on is removed; others stay", () => {
  const error = new InputError("a.png: expected an image, found none");
  const hopeless = runAt(BEGINNING);
  assert.deepEqual(explained(error, hopeless, { isNew: true }), {
    name: "InputError",
    message: error.message,
    printed: "",
  });
  assert.ok(!existsSync(hopeless));
  const began = runAt(MID_EPOCH);
  assert.match(
    explained(error, began, { isNew: true }).message,
    /^a\.png: .*; the last good checkpoint is that of epoch 3/,
  );
  const before = runAt(BEGINNING);
  assert.match(explained(error, before).message, /; the last good checkpoint is that of the beginning: /);
  const damaged = runAt(null);
  assert.match(explained(error, damaged, { isNew: true }).message, /; once that is mended: /);
  for (const directory of [began, before, damaged]) assert.equal(readdirSync(directory).length, 1);
});

test("what is no failure, or not known, stays as it is", () => {
  const directory = runAt(BEGINNING);
  for (const error of [new StoppedBySignal("SIGINT", ""), new TypeError("x is undefined"), "text", undefined]) {
    assert.equal(explainFailure(failure(error, SETTINGS, directory, true)), error);
  }
  assert.ok(existsSync(directory));
});
