import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fakeEpoch } from "../../tests/support/fake-run.js";
import { InputError } from "../text/errors.js";
import { type Checkpoint, readCheckpoint, tensorsFile, writeCheckpoint } from "./checkpoint-file.js";

const folder = mkdtempSync(join(tmpdir(), "checkpoint-file-"));
after(() => rmSync(folder, { recursive: true }));

const path = join(folder, "0001-000003.json");

const CHECKPOINT: Checkpoint = {
  progress: {
    epochs: [fakeEpoch(1, 0.25, { imagesPerSecond: Number.POSITIVE_INFINITY })],
    pass: {
      batch: 3,
      loss: 7.25,
      top1: 5,
      top5: 9,
      images: 12,
      skippedImages: 1,
      skippedSteps: 2,
      seconds: 1.5,
      dataWaitSeconds: 0.25,
    },
    leftOut: [{ epoch: 0, batch: 4 }],
  },
  tensors: new Map([
    ["a.weight", { dtype: "F32", shape: [2, 2], data: Uint8Array.from({ length: 16 }, (_, index) => index * 9) }],
    ["a.count", { dtype: "I64", shape: [], data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) }],
  ]),
};

/** A manifest as it is written, with other content and the checksum of that. */
function resigned(change: (manifest: Record<string, unknown>) => void): string {
  const { sha256: _, ...rest } = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
  change(rest);
  const sha256 = createHash("sha256").update(JSON.stringify(rest)).digest("hex");
  return JSON.stringify({ ...rest, sha256 });
}

function refused(): string {
  let message = "";
  assert.throws(
    () => readCheckpoint(path),
    (error: unknown) => {
      assert.ok(error instanceof InputError, String(error));
      assert.ok(error.message.startsWith(folder), error.message);
      assert.ok(!error.message.includes("\n"), error.message);
      message = error.message;
      return true;
    },
  );
  return message;
}

test("a checkpoint comes back as it was written, and stands in two files", () => {
  writeCheckpoint(path, CHECKPOINT);
  assert.deepEqual(readCheckpoint(path), CHECKPOINT);
  assert.deepEqual(readdirSync(folder).sort(), ["0001-000003.json", "0001-000003.safetensors"]);
  const between = { ...CHECKPOINT, progress: { ...CHECKPOINT.progress, pass: null } };
  writeCheckpoint(path, between);
  assert.deepEqual(readCheckpoint(path), between);
});

test("every changed byte and every cut of the manifest is noticed, or changes nothing", () => {
  const small = { ...CHECKPOINT, progress: { ...CHECKPOINT.progress, epochs: [] } };
  writeCheckpoint(path, small);
  const whole = readFileSync(path);
  let noticed = 0;
  for (let index = 0; index < whole.length; index++) {
    const flipped = Buffer.from(whole);
    flipped[index] = (flipped[index] ?? 0) ^ (1 << (index % 8));
    writeFileSync(path, flipped);
    try {
      assert.deepEqual(readCheckpoint(path), small, `byte ${index}`);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      noticed += 1;
    }
  }
  // The newline may become another white space.
  assert.ok(noticed >= whole.length - 1, `${noticed} of ${whole.length} bytes`);
  for (let length = 0; length < whole.length - 1; length++) {
    writeFileSync(path, whole.subarray(0, length));
    refused();
  }
});

test("every changed byte and every cut of the tensors is noticed, and an added byte", () => {
  writeCheckpoint(path, CHECKPOINT);
  const file = tensorsFile(path);
  const whole = readFileSync(file);
  for (let index = 0; index < whole.length; index++) {
    const flipped = Buffer.from(whole);
    flipped[index] = (flipped[index] ?? 0) ^ (1 << (index % 8));
    writeFileSync(file, flipped);
    assert.match(
      refused(),
      /0001-000003\.safetensors: expected SHA-256 \w+, as its manifest says, found \w+: the file is damaged$/,
    );
    writeFileSync(file, whole.subarray(0, index));
    assert.match(refused(), /expected \d+ bytes, as its manifest says, found \d+$/);
  }
  writeFileSync(file, Buffer.concat([whole, Buffer.alloc(1)]));
  assert.match(refused(), /as its manifest says/);
  rmSync(file);
  assert.match(refused(), /0001-000003\.safetensors: .*no such file or directory/);
});

test("the files of two checkpoints do not go together", () => {
  writeCheckpoint(path, CHECKPOINT);
  const manifest = readFileSync(path);
  writeCheckpoint(path, { ...CHECKPOINT, tensors: new Map([...CHECKPOINT.tensors].slice(1)) });
  writeFileSync(path, manifest);
  refused();
});

test("what a manifest should not say, though its checksum is right, is named", () => {
  for (const [change, expected] of [
    [(manifest) => (manifest["version"] = 2), "version: expected at most 1, found 2: a newer weight-search wrote it"],
    [(manifest) => (manifest["version"] = 0), "version: expected an integer of at least 1, found 0"],
    [(manifest) => (manifest["format"] = "x"), 'format: expected "weight-search checkpoint", found "x"'],
    [(manifest) => delete manifest["progress"], "progress: expected an object, found nothing"],
    [(manifest) => (manifest["tensors"] = 1), "tensors: expected an object, found 1"],
    [
      (manifest) => Object.assign(manifest["tensors"] as object, { file: "../x.safetensors" }),
      'tensors: file: expected 0001-000003.safetensors, found "../x.safetensors"',
    ],
    [
      (manifest) => Object.assign(manifest["tensors"] as object, { sizeBytes: -1 }),
      "tensors: sizeBytes: expected an integer of at least 0, found -1",
    ],
    [
      (manifest) => Object.assign(manifest["tensors"] as object, { sha256: "0" }),
      'tensors: sha256: expected 64 hexadecimal digits, found "0"',
    ],
    [
      (manifest) => Object.assign(manifest["progress"] as object, { pass: 4 }),
      "progress: pass: expected an object, found 4",
    ],
    [
      (manifest) => Object.assign(manifest["progress"] as object, { epochs: [{ ...fakeEpoch(2, 0.5) }] }),
      "progress: epochs[0]: epoch: expected 1, found 2",
    ],
    [
      (manifest) => Object.assign(manifest["progress"] as object, { leftOut: [{ epoch: 0, batch: -1 }] }),
      "progress: leftOut[0]: batch: expected an integer of at least 0, found -1",
    ],
    [
      (manifest) => Object.assign(manifest["progress"] as object, { pass: { ...CHECKPOINT.progress.pass, batch: 0 } }),
      "progress: pass: batch: expected an integer of at least 1, found 0",
    ],
  ] satisfies [(manifest: Record<string, unknown>) => unknown, string][]) {
    writeCheckpoint(path, CHECKPOINT);
    writeFileSync(path, resigned(change));
    assert.equal(refused(), `${path}: ${expected}`);
  }
});

test("what is no manifest is named: other JSON, other text, a key twice, a folder", () => {
  for (const [text, expected] of [
    ["{", /expected a checkpoint's JSON, found "\{"$/],
    ["[1]", /expected an object, found \[1\]$/],
    ["{}", /format: expected a string, found nothing$/],
    ['{"format": 1, "format": 2}', /expected each key once, found "format" twice$/],
    ['{"format": "weight-search checkpoint", "version": 1}', /sha256: expected a string, found nothing$/],
    [
      '{"format": "weight-search checkpoint", "version": 1, "sha256": "0"}',
      /sha256: expected the checksum of the rest of the file, found "0": it is damaged$/,
    ],
  ] as const) {
    writeFileSync(path, text);
    assert.match(refused(), expected);
  }
  const other = join(folder, "folder.json");
  mkdirSync(other);
  assert.throws(() => readCheckpoint(other), { name: "InputError", message: /expected a checkpoint's manifest/ });
});

test("a checkpoint that cannot be written leaves the one before", () => {
  writeCheckpoint(path, CHECKPOINT);
  const wrong = new Map([["a", { dtype: "F32", shape: [3], data: new Uint8Array(4) }]] as const);
  assert.throws(() => writeCheckpoint(path, { ...CHECKPOINT, tensors: wrong }), RangeError);
  assert.deepEqual(readCheckpoint(path), CHECKPOINT);
  assert.throws(() => writeCheckpoint(join(folder, "none", "0000-000000.json"), CHECKPOINT), { name: "InputError" });
});
