import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fakeEpoch } from "../../tests/support/fake-run.js";
import { tensorsFile } from "./checkpoint-file.js";
import { CheckpointFolder } from "./checkpoint-folder.js";
import { BEGINNING, type RunProgress } from "./progress.js";

const root = mkdtempSync(join(tmpdir(), "checkpoint-folder-"));
after(() => rmSync(root, { recursive: true }));

const SUMS = {
  ...{ loss: 1, top1: 1, top5: 1, images: 1, skippedImages: 0, skippedSteps: 0, seconds: 1, dataWaitSeconds: 0 },
};

/** A place in a run: epochs that are over with their accuracies, and batches of the next one. */
function at(valTop1: readonly number[], batch = 0): RunProgress {
  const epochs = valTop1.map((top1, index) => fakeEpoch(index + 1, top1));
  return { ...BEGINNING, epochs, pass: batch === 0 ? null : { ...SUMS, batch } };
}

/** A new folder of checkpoints, written one after the other. */
function written(...places: readonly RunProgress[]): { folder: CheckpointFolder; path: string } {
  const path = join(mkdtempSync(join(root, "run-")), "checkpoints");
  const folder = new CheckpointFolder(path);
  for (const place of places) write(folder, place);
  return { folder, path };
}

function write(folder: CheckpointFolder, progress: RunProgress): string {
  const data = Uint8Array.of(progress.epochs.length, progress.pass?.batch ?? 0);
  return folder.write({ progress, tensors: new Map([["place", { dtype: "U8", shape: [2], data }]]) });
}

/** The checkpoints there are, ascending; each is two files. */
function names(path: string): string[] {
  const files = readdirSync(path).sort();
  const manifests = files.filter((name) => name.endsWith(".json"));
  assert.deepEqual(
    files,
    manifests.flatMap((name) => [name, name.replace(".json", ".safetensors")]),
  );
  return manifests.map((name) => name.replace(".json", ""));
}

test("the last two are kept, and the best epoch's", () => {
  const { folder, path } = written();
  for (const [place, kept] of [
    [at([]), ["0000-000000"]],
    [at([], 4), ["0000-000000", "0000-000004"]],
    [at([], 9), ["0000-000004", "0000-000009"]],
    [at([0.5]), ["0000-000009", "0001-000000"]],
    [at([0.5], 3), ["0001-000000", "0001-000003"]],
    [at([0.5], 6), ["0001-000000", "0001-000003", "0001-000006"]],
    // The earliest of equals is the best.
    [at([0.5, 0.5]), ["0001-000000", "0001-000006", "0002-000000"]],
    [at([0.5, 0.5, 0.4]), ["0001-000000", "0002-000000", "0003-000000"]],
    [at([0.5, 0.5, 0.4, 0.6]), ["0003-000000", "0004-000000"]],
    [at([0.5, 0.5, 0.4, 0.6, 0.1]), ["0004-000000", "0005-000000"]],
    [at([0.5, 0.5, 0.4, 0.6, 0.1, Number.NaN]), ["0004-000000", "0005-000000", "0006-000000"]],
  ] as const) {
    const manifest = write(folder, place);
    assert.equal(existsSync(manifest), true);
    assert.deepEqual(names(path), kept);
    assert.equal(folder.newestPath(), manifest);
    assert.deepEqual(folder.newest().progress, place);
  }
});

test("a run that goes back gives up what came after, the best epoch's too", () => {
  const { folder, path } = written(at([0.5]), at([0.5, 0.9]));
  assert.deepEqual(names(path), ["0001-000000", "0002-000000"]);
  write(folder, at([0.5], 3));
  assert.deepEqual(names(path), ["0001-000000", "0001-000003"]);
});

test("the same place again takes the place of what was there", () => {
  const { folder, path } = written(at([], 3), at([], 3));
  assert.deepEqual(names(path), ["0000-000003"]);
  assert.deepEqual(folder.newest().damaged, []);
});

test("what killed writers left goes with the next checkpoint, and other files stay", () => {
  const { folder, path } = written(at([], 1), at([], 2));
  for (const name of [".0000-000003.safetensors.77-0123abcd.tmp", "0000-000003.safetensors", "notes.json"]) {
    writeFileSync(join(path, name), "x");
  }
  // Tensors without a manifest are no checkpoint.
  assert.deepEqual(folder.newest().progress, at([], 2));
  write(folder, at([], 4));
  assert.deepEqual(readdirSync(path).sort(), [
    ...["0000-000002", "0000-000004"].flatMap((name) => [`${name}.json`, `${name}.safetensors`]),
    "notes.json",
  ]);
});

test("a damaged checkpoint is passed over, and said to be", () => {
  const { folder, path } = written(at([0.5]), at([0.5], 3), at([0.5], 6));
  truncateSync(join(path, "0001-000006.safetensors"), 10);
  const found = folder.newest();
  assert.equal(found.path, join(path, "0001-000003.json"));
  assert.deepEqual(found.progress, at([0.5], 3));
  assert.deepEqual([...(found.tensors.get("place")?.data ?? [])], [1, 3]);
  assert.equal(found.damaged.length, 1);
  assert.match(found.damaged[0] ?? "", /0001-000006\.safetensors: expected \d+ bytes, as its manifest says, found 10$/);

  writeFileSync(join(path, "0001-000003.json"), "{}");
  assert.deepEqual(folder.newest().progress, at([0.5]));
  assert.equal(folder.newest().damaged.length, 2);
  // A resumed run overwrites the damaged checkpoint.
  write(folder, at([0.5], 2));
  assert.deepEqual(names(path), ["0001-000000", "0001-000002"]);
});

test("none that is whole is an error about the newest, none at all another", () => {
  const { folder, path } = written(at([], 1), at([], 2));
  for (const name of names(path)) rmSync(join(path, `${name}.safetensors`));
  assert.throws(() => folder.newest(), {
    name: "InputError",
    message: /0000-000002\.safetensors: .*no such file or directory.*; nor can the 1 before it be read$/,
  });
  const none = new CheckpointFolder(join(root, "none"));
  assert.equal(none.newestPath(), null);
  assert.equal(none.endOf(1), null);
  assert.throws(() => none.newest(), {
    name: "InputError",
    message: `${join(root, "none")}: expected a checkpoint, found none`,
  });
});

test("the end of an epoch is found by its number, and is checked", () => {
  const { folder, path } = written(at([0.5]), at([0.5, 0.4]), at([0.5, 0.4], 3));
  assert.deepEqual(folder.endOf(1)?.progress, at([0.5]));
  assert.deepEqual(folder.endOf(2)?.progress, at([0.5, 0.4]));
  assert.equal(folder.endOf(3), null);
  truncateSync(tensorsFile(join(path, "0001-000000.json")), 1);
  assert.throws(() => folder.endOf(1), { name: "InputError" });
});

test("places beyond four and six digits are in order, and told apart", () => {
  // Names alone count here: a manifest of ten thousand epochs takes long to make.
  const { folder, path } = written(at([0.5]));
  const [manifest, tensors] = ["json", "safetensors"].map((end) => readFileSync(join(path, `0001-000000.${end}`)));
  for (const name of ["9999-999999", "9999-1000000", "10001-000000", "10000-000005"]) {
    writeFileSync(join(path, `${name}.json`), manifest ?? "");
    writeFileSync(join(path, `${name}.safetensors`), tensors ?? "");
  }
  assert.equal(folder.newestPath(), join(path, "10001-000000.json"));
  // A copy bears another name than its tensors say.
  assert.deepEqual(
    folder.newest().damaged.map((line) => line.slice(path.length + 1).split(":", 1)[0]),
    ["10001-000000.json", "10000-000005.json", "9999-1000000.json", "9999-999999.json"],
  );
  assert.deepEqual(folder.endOf(1)?.progress, at([0.5]));
});

test("a folder that cannot be made is named", () => {
  const file = join(root, "file");
  writeFileSync(file, "");
  const folder = new CheckpointFolder(join(file, "checkpoints"));
  assert.throws(() => write(folder, at([])), { name: "InputError", message: /expected a folder that can be made/ });
  assert.throws(() => new CheckpointFolder(file).newest(), { name: "InputError", message: /not a directory/ });
});
