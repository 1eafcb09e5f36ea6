import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, test } from "node:test";
import { readRunConfig } from "../src/run/config.js";
import { writeConfig } from "../src/run/directory.js";
import { programVersions } from "../src/run/program-versions.js";
import { type RecordedRun, readRecord } from "../src/run/record.js";
import { type RunSettings, SETTING_ROWS } from "../src/run/settings.js";
import { versions } from "../src/tensor/runtime.js";
import { nextStage } from "../src/train/settings.js";
import { recordOf as recorded, settingsOf } from "./support/run-settings.js";

const folder = mkdtempSync(join(tmpdir(), "run-record-"));
after(() => rmSync(folder, { recursive: true }));

const path = join(folder, "config.json");
const DATA = { train: 50_000, val: 10_000, classes: 10, sha256: "ab".repeat(32) };

function recordOf(settings: RunSettings): Record<string, unknown> {
  const context = { device: "cpu", laterStages: 2, data: DATA, processes: 1 };
  const record = recorded(settings, context, new Date("2026-11-24T01:02:03Z"));
  return JSON.parse(JSON.stringify(record));
}

test("a teacher is recorded with its path as from any folder, and its model's SHA-256, without which it is refused", () => {
  const settings = settingsOf({ teacher: "runs/a", teacherWeight: 1 });
  const context = { device: "cpu", laterStages: 0, data: DATA, processes: 1, teacherSha256: "ab".repeat(32) };
  const record = JSON.parse(JSON.stringify(recorded(settings, context, new Date(0))));
  const found = read(record);
  assert.deepEqual([found.settings.teacher, found.settings.teacherWeight], [resolve("runs/a"), 1]);
  assert.equal(found.teacherSha256, "ab".repeat(32));
  const { teacherSha256: _, ...rest } = record;
  refused(rest, "teacherSha256");
});

function read(record: object): RecordedRun {
  writeConfig(folder, record);
  return readRecord(readRunConfig(path), path);
}

const bitByBit = settingsOf({ quantizeNetwork: true, stages: 3, loadModelState: "a.pth" });

for (const [title, settings] of [
  ["a float run on built-in images", settingsOf({})],
  [
    "a search",
    settingsOf({ quantizeNetwork: true, quantJson: "po2-3b", quantizeLastLayer: true, soft: true, stateBn: true }),
  ],
  ["the first stage of a progressive search", bitByBit],
  ["the stage after it", nextStage(bitByBit, "results/a")],
  [
    "images in a folder",
    settingsOf({ dataset: "folder", path: "data", workers: 3, onBadImage: "skip", transformJson: "cifar10-cutout" }),
  ],
  [
    "everything said otherwise",
    settingsOf({
      ...{ arch: "resnet34", trainJson: "resnet18-lqnet", epochs: 3, batchSize: 7, seed: 2 ** 32 - 1, limitBatches: 4 },
      ...{ precision: "bf16", threads: 5, onNan: "rollback", checkpointMinutes: 0.25, loadModelState: "/tmp/model" },
      ...{ valSplit: 0.1, bnCalibration: 8 },
    }),
  ],
] as const) {
  test(`${title}: what is recorded is read again`, () => {
    const { path: data, recipeFile, loadModelState, transforms } = settings;
    const found = read(recordOf(settings));
    assert.deepEqual(found.settings, {
      ...settings,
      // As seen from any folder.
      path: data && resolve(data),
      recipeFile: resolve(recipeFile),
      loadModelState: loadModelState && resolve(loadModelState),
      transforms: transforms && { ...transforms, file: resolve(transforms.file) },
    });
    assert.deepEqual([found.device, found.laterStages, found.data], ["cpu", 2, DATA]);
    assert.deepEqual(Object.fromEntries(found.versions), programVersions(versions()));
  });
}

/** Keys that tell people of a run and do not determine what comes of it. */
const TOLD = ["startedAt", "machine", "weightValues"];

const RECORD = recordOf(settingsOf({ dataset: "folder", path: "data", quantizeNetwork: true, quantJson: "1b" }));

function refused(record: object, key: string): void {
  assert.throws(
    () => read(record),
    (error: unknown) => {
      assert.ok(error instanceof Error && error.name === "InputError", `${key}: ${error}`);
      const { message } = error;
      assert.ok(
        message.startsWith(`${path}: `) && message.includes(key) && !message.includes("\n"),
        `${key}: ${message}`,
      );
      return true;
    },
  );
}

/** Keys that runs of before there was such a key lack: float activations, no files of one's own, unknown class names. */
const NEWER = ["activationBits", "networkFile", "ownOptimizer", "ownLoss", "datasetFile", "input"];

test("every key is needed, and is to be what a user may say", () => {
  const keys = Object.keys(RECORD).filter((key) => !TOLD.includes(key));
  assert.equal(keys.length, 18 + SETTING_ROWS.length);
  const switches = SETTING_ROWS.flatMap(([name, { kind }]) => (kind.is(true) ? [name as string] : []));
  for (const key of keys) {
    for (const wrong of [undefined, 2.5, -1, [], true, { x: 1 }]) {
      if (switches.includes(key) && wrong === true) continue;
      if (["checkpointMinutes", "teacherTemperature"].includes(key) && wrong === 2.5) continue;
      if (NEWER.includes(key) && wrong === undefined) continue;
      if (key === "versions" && wrong instanceof Object && !Array.isArray(wrong)) continue;
      const { [key]: _, ...rest } = RECORD;
      // A configuration without a version is one of the first.
      const name = key === "formatVersion" && wrong === undefined ? "format version 1" : key;
      refused(wrong === undefined ? rest : { ...rest, [key]: wrong }, name);
    }
  }
});

for (const [key, wrong] of [
  ["seed", 2 ** 32],
  ["workers", 257],
  ["workers", 0],
  ["threads", 0],
  ["threads", 1025],
  ["limitBatches", 1e18],
  ["checkpointMinutes", "NaN"],
  ["checkpointMinutes", "Infinity"],
  ["limitBatches", 0],
  ["valSplit", 0],
  ["valSplit", "NaN"],
  ["valSplit", "Infinity"],
  ["onNan", "Stop"],
  ["onBadImage", "warn"],
  ["precision", "float16"],
  ["activationBits", 0],
  ["activationBits", 9],
  ["stage", 31],
  ["recipe", { ...(RECORD["recipe"] as object), initTemperature: 1e300 }],
] as const) {
  test(`${key} ${JSON.stringify(wrong).slice(0, 20)} is refused`, () => {
    refused({ ...RECORD, [key]: wrong }, key === "recipe" ? "init_temp" : key);
  });
}

test("a value set and a data set are to be whole", () => {
  for (const values of [undefined, [], [1], [1, 1], [1, "2"]]) {
    refused({ ...RECORD, weightValues: undefined, search: { ...(RECORD["search"] as object), values } }, "search");
  }
  for (const key of ["firstLayer", "lastLayer"]) {
    refused({ ...RECORD, search: { ...(RECORD["search"] as object), [key]: 1 } }, `search: ${key}`);
  }
  for (const key of Object.keys(DATA)) refused({ ...RECORD, data: { ...DATA, [key]: null } }, `data: ${key}`);
  refused({ ...RECORD, search: null, stage: 0 }, "stage");
});

test("a run of the first format has no checkpoints", () => {
  const { formatVersion: _, ...first } = RECORD;
  writeFileSync(path, JSON.stringify(first));
  assert.throws(() => readRecord(readRunConfig(path), path), {
    name: "InputError",
    message:
      `${path}: expected a run with checkpoints, found one of format version 1, which has none; ` +
      "start a new run from its model instead",
  });
});
