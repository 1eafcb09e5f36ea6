import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { withTorchArchive } from "../../../src/formats/torch/archive.js";
import { isTorchLegacy, withTorchLegacy } from "../../../src/formats/torch/legacy.js";
import { ZipFile } from "../../../src/formats/zip-file.js";
import { readModelFile } from "../../../src/nn/files/read-model.js";
import { readTorchTensors } from "../../../src/nn/files/torch-tensors.js";
import { packageRoot } from "../../../src/system/package-root.js";
import { addon } from "../../../src/tensor/addon.js";
import { scope, type Tensor } from "../../../src/tensor/tensor.js";
import { zipFile } from "../../support/zip.js";
import { type Mutator, mutateBytes, mutateWith } from "../mutate-bytes.js";
import type { Target } from "../target.js";
import { assertNothingRan, pickleTokens } from "./canary.js";
import { feedFile } from "./feed-file.js";
import { mutateHeader, safetensorsSeeds } from "./safetensors.js";

const mutatePickle = mutateWith(pickleTokens);

function checkpoints(isWanted: (bytes: Uint8Array) => boolean): Uint8Array[] {
  const folder = join(packageRoot(), "tests", "fixtures", "checkpoints");
  const files = readdirSync(folder).filter((name) => name.endsWith(".pth"));
  return files
    .sort()
    .map((name) => readFileSync(join(folder, name)))
    .filter(isWanted);
}

const isZip = (bytes: Uint8Array) => bytes[0] === 0x50;

/** Takes a zip file apart, changes one entry's bytes, its name or what the directory says, and puts it together. */
const mutateEntry: Mutator = (input, draw, other) => {
  const entries = entriesOf(Buffer.from(input));
  const names = [...entries.keys()];
  if (names.length === 0) return mutateBytes(input, draw, other);
  const pickle = names.find((name) => name.endsWith("data.pkl"));
  const name = pickle !== undefined && draw.chance(0.6) ? pickle : draw.pick(names);
  const data = entries.get(name) ?? new Uint8Array(0);
  if (draw.chance(0.1)) {
    entries.delete(name);
    entries.set(Buffer.from(mutateBytes(Buffer.from(name), draw, other).subarray(0, 300)).toString("utf8"), data);
  } else {
    entries.set(name, mutatePickle(data, draw, other));
  }
  return zipFile(entries, { zip64: draw.chance(0.2), ...(draw.chance(0.05) && { claimedBytes: 2 ** 31 }) });
};

/** The stored entries that a zip file's central directory names; none where that is damaged, or repeats the file. */
function entriesOf(bytes: Buffer): Map<string, Uint8Array> {
  const entries = new Map<string, Uint8Array>();
  let totalBytes = 0;
  for (let at = bytes.indexOf("PK\x01\x02"); at >= 0; at = bytes.indexOf("PK\x01\x02", at + 4)) {
    if (at + 46 > bytes.length) break;
    const header = bytes.readUInt32LE(at + 42);
    if (header + 30 > bytes.length) continue;
    const begin = header + 30 + bytes.readUInt16LE(header + 26) + bytes.readUInt16LE(header + 28);
    const data = bytes.subarray(begin, begin + bytes.readUInt32LE(at + 20));
    entries.set(bytes.toString("utf8", at + 46, at + 46 + bytes.readUInt16LE(at + 28)), data);
    totalBytes += data.length;
    if (totalBytes > bytes.length) return new Map();
  }
  return entries;
}

/** Each tensor can be read to its end, and none is left once the scope is. */
function checkTensors(read: () => ReadonlyMap<string, Tensor>): void {
  const live = addon().liveCount();
  try {
    scope(() => {
      for (const tensor of read().values()) {
        const count = tensor.shape.reduce((product, size) => product * size, 1);
        if (tensor.dtype !== "bool") assert.equal(tensor.toTypedArray().length, count);
      }
    });
  } finally {
    assert.equal(addon().liveCount(), live, "tensors were left behind");
    assertNothingRan();
  }
}

export const torchZip: Target = {
  name: "torch-zip",
  mutators: [mutateBytes, mutateEntry, mutateEntry],
  seeds: () => checkpoints(isZip),
  prepare: (folder) =>
    feedFile(folder, "input", (path) => checkTensors(() => withTorchArchive(path, readTorchTensors))),
};

export const torchLegacy: Target = {
  name: "torch-legacy",
  mutators: [mutateBytes, mutatePickle],
  seeds: () => checkpoints(isTorchLegacy),
  prepare: (folder) => feedFile(folder, "input", (path) => checkTensors(() => withTorchLegacy(path, readTorchTensors))),
};

export const modelFiles: Target = {
  name: "model-file",
  mutators: [mutateBytes, mutateHeader, mutateEntry, mutatePickle],
  seeds: () => [...safetensorsSeeds(), ...checkpoints(() => true)],
  prepare: (folder) => feedFile(folder, "input", (path) => checkTensors(() => readModelFile(path).tensors)),
};

export const zipFiles: Target = {
  name: "zip",
  mutators: [mutateBytes, mutateEntry],
  seeds: () => [
    ...checkpoints(isZip).slice(0, 2),
    zipFile(new Map([["a", Buffer.from("text")]]), { zip64: true, comment: "a comment" }),
    zipFile(new Map()),
  ],
  prepare: (folder) =>
    feedFile(folder, "input", (path, input) => {
      ZipFile.use(path, (zip) => {
        let totalBytes = 0;
        for (const name of zip.names) {
          const data = zip.read(name);
          assert.equal(data.length, zip.sizeBytes(name));
          totalBytes += data.length;
        }
        assert.ok(totalBytes <= input.length, "more bytes in entries than in the file");
      });
    }),
};
