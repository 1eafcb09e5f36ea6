import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fakeEpoch } from "../../tests/support/fake-run.js";
import { notebook, settingsOf } from "../../tests/support/run-settings.js";
import { TinyNetwork, tinyStep } from "../../tests/support/tiny-network.js";
import { ALONE } from "../distributed/group.js";
import { tensorsFile } from "../run/checkpoint-file.js";
import { BEGINNING } from "../run/progress.js";
import { checkpointTensors, type Trained } from "./checkpoint.js";
import { DivergedError } from "./divergence.js";
import { newOptimizer } from "./new-optimizer.js";
import { checkpointFolder, newestCheckpoint, RunCheckpoints } from "./run-checkpoints.js";

const root = mkdtempSync(join(tmpdir(), "run-checkpoints-"));
after(() => rmSync(root, { recursive: true }));

const { recipe } = settingsOf();

function emptyRun(): string {
  return mkdtempSync(join(root, "run-"));
}

function newTrained(): Trained {
  const network = new TinyNetwork();
  return { network, optimizer: newOptimizer(network, recipe) };
}

const bytesOf = (trained: Trained) =>
  [...checkpointTensors(trained)].map(([name, { data }]) => [name, Buffer.from(data).toString("hex")]);

test("a checkpoint is due a number of minutes after the last one", (t) => {
  let nowMs = 1000;
  t.mock.method(performance, "now", () => nowMs);
  const trained = newTrained();
  const checkpoints = new RunCheckpoints(emptyRun(), trained, 2, ALONE, assert.fail);
  const isDueAfter = (minutes: number) => {
    nowMs += 60_000 * minutes;
    return checkpoints.isDue();
  };
  assert.equal(checkpoints.isDue(), false);
  assert.equal(isDueAfter(1.99), false);
  assert.equal(isDueAfter(0.01), true);
  assert.equal(isDueAfter(5), true);
  checkpoints.write(BEGINNING);
  assert.equal(checkpoints.isDue(), false);
  assert.equal(isDueAfter(2), true);
});

test("0 minutes: never within an epoch", (t) => {
  let nowMs = 0;
  t.mock.method(performance, "now", () => nowMs);
  const checkpoints = new RunCheckpoints(emptyRun(), newTrained(), 0, ALONE, assert.fail);
  nowMs = 1e12;
  assert.equal(checkpoints.isDue(), false);
});

test("a rollback restores network and optimizer bit-exactly, and reports why and to where", () => {
  const trained = newTrained();
  tinyStep(trained, 0);
  const { notes, note } = notebook();
  const directory = emptyRun();
  const checkpoints = new RunCheckpoints(directory, trained, 10, ALONE, note);
  const progress = { epochs: [fakeEpoch(1, 0.5)], pass: null, leftOut: [{ epoch: 0, batch: 4 }] };
  checkpoints.write(progress);
  const before = bytesOf(trained);
  tinyStep(trained, 1);
  assert.notDeepEqual(bytesOf(trained), before);
  const error = new DivergedError("epoch 2, batch 3 (step 9): the training loss is NaN", { epoch: 1, batch: 2 }, []);
  assert.deepEqual(checkpoints.goBack(error), progress);
  assert.deepEqual(notes, [
    "epoch 2, batch 3 (step 9): the training loss is NaN; rolling back to the end of epoch 1, continuing without that batch",
  ]);
  assert.deepEqual(bytesOf(trained), before);
});

test("a damaged checkpoint is skipped with a note; if none is intact, the newest is named", () => {
  const directory = emptyRun();
  const folder = checkpointFolder(directory);
  const trained = newTrained();
  const older = folder.write({ progress: BEGINNING, tensors: checkpointTensors(trained) });
  const newer = folder.write({
    progress: { epochs: [fakeEpoch(1, 0.5)], pass: null, leftOut: [] },
    tensors: checkpointTensors(trained),
  });
  assert.equal(newestCheckpoint(folder, assert.fail).path, newer);
  const damage = (path: string) => {
    const bytes = readFileSync(tensorsFile(path));
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
    writeFileSync(tensorsFile(path), bytes);
  };
  damage(newer);
  const { notes, note } = notebook();
  assert.equal(newestCheckpoint(folder, note).path, older);
  assert.match(
    notes.join("\n"),
    /^[^\n]*0001-000000\.safetensors: expected SHA-256 [^\n]*; using the checkpoint before it$/,
  );
  damage(older);
  assert.throws(() => newestCheckpoint(folder, assert.fail), {
    name: "InputError",
    message: /^[^\n]*0001-000000\.safetensors: expected SHA-256 .*; nor can the 1 before it be read$/,
  });
});
