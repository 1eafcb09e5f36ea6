import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fakeEpoch } from "../../tests/support/fake-run.js";
import { INPUT, settingsOf } from "../../tests/support/run-settings.js";
import { TinyNetwork, tinyStep } from "../../tests/support/tiny-network.js";
import { ALONE } from "../distributed/group.js";
import { readSafetensors } from "../formats/safetensors.js";
import { lockRun } from "../run/lock.js";
import type { RunStart } from "../run/logger.js";
import { Loggers } from "../run/loggers.js";
import { BEGINNING, type RunProgress } from "../run/progress.js";
import { lockFile } from "../tensor/process.js";
import { checkpointTensors, type Trained } from "./checkpoint.js";
import { newOptimizer } from "./new-optimizer.js";
import { openRun } from "./open-run.js";
import { RunCheckpoints } from "./run-checkpoints.js";
import { beginRun, continueRun, type RunFiles } from "./run-files.js";

const root = mkdtempSync(join(tmpdir(), "saved-run-"));
after(() => rmSync(root, { recursive: true }));

const SETTINGS = settingsOf({ seed: 3, quantizeNetwork: true, quantJson: "po2-2b", epochs: 3, threads: 1 });
const CONTEXT = {
  device: "cpu",
  laterStages: 0,
  input: INPUT,
  processes: 1,
  data: { train: 5, val: 4, classes: 3, sha256: "ab".repeat(32) },
};

const FILES = [
  "best.safetensors",
  "curves.svg",
  "metrics.jsonl",
  "model.safetensors",
  "packed.safetensors",
  "result.csv",
];
const COMPLETE = ["checkpoints", "config.json", ...FILES, "state.safetensors"].sort();

function newTrained(): Trained {
  const network = new TinyNetwork();
  return { network, optimizer: newOptimizer(network, SETTINGS.recipe) };
}

/** Epochs whose second one is the best. */
const EPOCHS = [fakeEpoch(1, 0.25), fakeEpoch(2, 0.75), fakeEpoch(3, 0.5)];
const PASS = { batch: 2, loss: 1, top1: 0, top5: 0, images: 2, skippedImages: 0, skippedSteps: 0 };

const bytesOf = (trained: Trained) =>
  [...checkpointTensors(trained)].map(([name, { data }]) => [name, Buffer.from(data).toString("hex")]);

function startOf(directory: string, isResumed: boolean, { epochs, pass }: RunProgress): RunStart {
  return {
    ...{ settings: SETTINGS, directory, isResumed, epochs, batch: pass?.batch ?? 0, processes: 1, device: "cpu" },
    ...{ libtorch: "0", classNames: [], trainImages: 5, valImages: 4, searchedLayers: 1, loaded: [], before: null },
  };
}

/** A run as it trains: a checkpoint at the end of each epoch, then its files. */
class Training {
  readonly trained = newTrained();
  readonly saved: RunFiles = beginRun(mkdtempSync(join(root, "work-")), SETTINGS, CONTEXT, this.trained, assert.fail);
  readonly directory = this.saved.directory;
  readonly #checkpoints = new RunCheckpoints(this.directory, this.trained, 10, ALONE, assert.fail);
  readonly #loggers = new Loggers(this.saved.loggers);
  #steps = 0;

  constructor() {
    this.#loggers.start(startOf(this.directory, false, BEGINNING));
  }

  checkpoint(progress: RunProgress): void {
    tinyStep(this.trained, this.#steps++);
    this.#checkpoints.write(progress);
  }

  /** Ends an epoch, counted from 1. */
  epoch(epoch: number): void {
    this.checkpoint({ epochs: EPOCHS.slice(0, epoch), pass: null, leftOut: [] });
    const metrics = EPOCHS[epoch - 1];
    assert.ok(metrics);
    this.#loggers.epoch(metrics);
  }

  /** Resumes it in another network; returns that. */
  resume(): Trained {
    this.saved.unlock();
    const trained = newTrained();
    const opened = openRun(this.directory, {}, 1, () => undefined);
    const { loggers, unlock } = continueRun(opened, trained);
    new Loggers(loggers).start(startOf(this.directory, true, opened.checkpoint.progress));
    unlock();
    return trained;
  }

  files(): Map<string, string> {
    return new Map(
      [...FILES, "state.safetensors"].map((name) => {
        const path = join(this.directory, name);
        return [name, existsSync(path) ? readFileSync(path, "latin1") : "none"];
      }),
    );
  }
}

test("a run begins with its configuration and a checkpoint, locked", () => {
  const { directory, saved, trained } = new Training();
  assert.deepEqual(readdirSync(directory).sort(), ["checkpoints", "config.json"]);
  assert.throws(() => lockRun(directory, lockFile, assert.fail), { name: "InputError" });
  saved.unlock();
  const { checkpoint, unlock } = openRun(directory, {}, 1, assert.fail);
  unlock();
  assert.deepEqual(
    [...checkpoint.tensors].map(([name, { data }]) => [name, Buffer.from(data).toString("hex")]),
    bytesOf(trained),
  );
});

test("a run that cannot be written leaves nothing", () => {
  const file = join(root, "file");
  writeFileSync(file, "");
  assert.throws(() => beginRun(file, SETTINGS, CONTEXT, newTrained(), assert.fail), {
    name: "InputError",
    message: /file: expected /,
  });
  assert.equal(readFileSync(file, "utf8"), "");
});

test("network and optimizer are restored bit-exactly; an epoch in progress does not change the files", () => {
  const run = new Training();
  run.epoch(1);
  const files = run.files();
  run.checkpoint({ epochs: EPOCHS.slice(0, 1), pass: { ...PASS, seconds: 1, dataWaitSeconds: 0 }, leftOut: [] });
  assert.deepEqual(bytesOf(run.resume()), bytesOf(run.trained));
  assert.deepEqual(run.files(), files);
});

test("a run killed between a checkpoint and the epoch's files is completed", () => {
  for (const killedIn of [1, 2, 3]) {
    const run = new Training();
    for (let epoch = 1; epoch < killedIn; epoch++) run.epoch(epoch);
    const before = run.files();
    run.epoch(killedIn);
    const files = run.files();
    for (const [name, text] of before) {
      if (text === "none") rmSync(join(run.directory, name));
      else writeFileSync(join(run.directory, name), text, "latin1");
    }
    const trained = run.resume();
    assert.deepEqual(run.files(), files, `killed in epoch ${killedIn}`);
    assert.deepEqual(bytesOf(trained), bytesOf(run.trained));
    assert.deepEqual(readdirSync(run.directory).sort(), COMPLETE);
  }
});

test("lines of epochs that are done again go, and so does one cut off", () => {
  const run = new Training();
  run.epoch(1);
  const files = run.files();
  for (const name of ["result.csv", "metrics.jsonl"]) {
    const path = join(run.directory, name);
    writeFileSync(path, `${readFileSync(path, "utf8")}1,2,3`);
  }
  run.resume();
  assert.deepEqual(run.files(), files);
});

test("the best network is that of the best epoch before the checkpoint that is resumed", () => {
  const run = new Training();
  run.epoch(1);
  const best = readFileSync(join(run.directory, "best.safetensors"));
  run.epoch(2);
  assert.equal(readSafetensors(join(run.directory, "best.safetensors")).metadata["epoch"], "2");
  // The second epoch's checkpoint is damaged: the epoch is done again.
  const checkpoints = join(run.directory, "checkpoints");
  writeFileSync(join(checkpoints, "0002-000000.json"), "");
  const trained = run.resume();
  assert.deepEqual(readFileSync(join(run.directory, "best.safetensors")), best);
  assert.equal(readSafetensors(join(run.directory, "model.safetensors")).metadata["epoch"], "1");
  assert.deepEqual(readFileSync(join(run.directory, "result.csv"), "utf8").trim().split("\n").length, 2);
  assert.notDeepEqual(bytesOf(trained), bytesOf(run.trained));
});

test("a best network of an epoch before the last is made again from its own checkpoint", () => {
  const run = new Training();
  for (const epoch of [1, 2, 3]) run.epoch(epoch);
  const files = run.files();
  rmSync(join(run.directory, "best.safetensors"));
  const trained = run.resume();
  assert.deepEqual(run.files(), files);
  assert.deepEqual(bytesOf(trained), bytesOf(run.trained));
});
