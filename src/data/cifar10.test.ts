import assert from "node:assert/strict";
import {
  copyFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { inputError } from "../../tests/support/input-error.js";
import { oneLine } from "../text/errors.js";
import { loadCifar10 } from "./cifar10.js";

const recordBytes = 3073;
const files = [1, 2, 3, 4, 5].map((number) => `data_batch_${number}.bin`).concat("test_batch.bin");

let root = "";
let good = "";
let folders = 0;

/** A new folder with the good batch under every name but those in `without`. */
function makeFolder(without: readonly string[] = []): string {
  const folder = join(root, `folder${folders++}`);
  mkdirSync(folder);
  for (const file of files) if (!without.includes(file)) linkSync(good, join(folder, file));
  return folder;
}

function fails(directory: string, message: RegExp): void {
  assert.throws(() => loadCifar10(directory), inputError(oneLine(directory), message));
}

/** A batch file as Python 2's cPickle writes it: record i has label i mod 10 and pixels of value i mod 256. */
function pickledBatch(): Buffer {
  const latin1 = (text: string) => Buffer.from(text, "latin1");
  const labels = Buffer.from(Array.from({ length: 10_000 }, (_, record) => [0x4b, record % 10]).flat());
  const data = Buffer.alloc(10_000 * 3072);
  for (let record = 0; record < 10_000; record++) data.fill(record & 0xff, record * 3072, (record + 1) * 3072);
  const lengthBytes = Buffer.alloc(4);
  lengthBytes.writeUInt32LE(data.length);
  const rebuild = "cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R";
  const dtype = "cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb";
  return Buffer.concat([
    latin1("\x80\x02}(U\x06labels]("),
    labels,
    latin1(`eU\x04data${rebuild}(K\x01M\x10\x27M\x00\x0c\x86${dtype}\x89T`),
    lengthBytes,
    data,
    latin1("tbu."),
  ]);
}

before(() => {
  root = mkdtempSync(join(tmpdir(), "cifar10-"));
  good = join(root, "good.bin");
  const bytes = new Uint8Array(10_000 * recordBytes);
  for (let record = 0; record < 10_000; record++) {
    bytes.fill(record & 0xff, record * recordBytes, (record + 1) * recordBytes);
    bytes[record * recordBytes] = record % 10;
  }
  writeFileSync(good, bytes);
});

after(() => rmSync(root, { recursive: true }));

describe("loadCifar10", () => {
  it("reads the binary files in the folder that unpacking makes", () => {
    const parent = join(root, "parent");
    mkdirSync(parent);
    symlinkSync(makeFolder(), join(parent, "cifar-10-batches-bin"));
    const data = loadCifar10(parent);
    assert.deepEqual([data.train.count, data.val.count], [50_000, 10_000]);
    assert.equal(data.train.images.length, 50_000 * 3072);
    assert.equal(data.train.labels[49_999], 9);
    assert.equal(data.train.images[(10_000 + 77) * 3072], 77);
    assert.equal(data.val.images[(77 + 1) * 3072 - 1], 77);
    assert.equal(data.classNames[3], "cat");
    assert.deepEqual([data.cropPadding, data.flip], [4, true]);
  });

  it("reads them in the folder itself, with the class names of batches.meta.txt", () => {
    const folder = makeFolder();
    writeFileSync(join(folder, "batches.meta.txt"), `${[..."abcdefghij"].join("\n")}\n\n`);
    assert.deepEqual(loadCifar10(folder).classNames, [..."abcdefghij"]);
    writeFileSync(join(folder, "batches.meta.txt"), "airplane\n");
    fails(folder, /batches\.meta\.txt: expected 10 different class names, found 1 /);
  });

  it("reads the Python files, which hold the same", () => {
    const folder = join(root, "unpacked", "cifar-10-batches-py");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(root, "good.pickle"), pickledBatch());
    for (const file of files) linkSync(join(root, "good.pickle"), join(folder, file.replace(".bin", "")));
    const binary = loadCifar10(makeFolder());
    const python = loadCifar10(join(root, "unpacked"));
    for (const part of ["train", "val"] as const) {
      assert.deepEqual(python[part].labels, binary[part].labels);
      assert.equal(Buffer.compare(python[part].images, binary[part].images), 0);
    }
    assert.deepEqual(python.classNames, binary.classNames);
  });

  it("reports where it looked and where to download the files", () => {
    const everywhere = /data_batch_1\.bin, .*cifar-10-batches-bin.*data_batch_1, .*cifar-10-batches-py.*https:\/\/www/;
    fails(join(root, "nowhere"), everywhere);
    fails(join(root, "nowhere"), /found no such folder/);
    const empty = join(root, "empty");
    mkdirSync(empty);
    fails(empty, everywhere);
    fails(good, /expected the folder of CIFAR-10's files, found a file; give the folder it is in/);
    const archive = join(root, "cifar-10-binary.tar.gz");
    writeFileSync(archive, "");
    fails(archive, /found a file; unpack it and give the folder/);
    fails("\0", /cannot be read/);
  });

  it("names the file that is missing, a folder, or no file", () => {
    fails(makeFolder(["data_batch_4.bin"]), /data_batch_4\.bin: expected a file of CIFAR-10, found none; get it from/);
    const folder = makeFolder(["test_batch.bin"]);
    mkdirSync(join(folder, "test_batch.bin"));
    fails(folder, /test_batch\.bin: expected the file test_batch\.bin, found a folder/);
    const device = makeFolder(["test_batch.bin"]);
    symlinkSync("/dev/null", join(device, "test_batch.bin"));
    fails(device, /found something that is not a file/);
  });

  it("names the file of the wrong size and both sizes", () => {
    const bad = join(makeFolder(["data_batch_2.bin"]), "data_batch_2.bin");
    copyFileSync(good, bad);
    const sizes: [number, string][] = [
      [30_729_999, "it is cut off"],
      [9_999 * recordBytes, "it is cut off"],
      [0, "it is cut off"],
      [30_730_001, "it is too long"],
    ];
    for (const [size, why] of sizes) {
      truncateSync(bad, size);
      const message = `data_batch_2\\.bin: expected 30730000 bytes \\(10000 records of 3073 bytes\\), found ${size}: ${why}`;
      fails(join(bad, ".."), new RegExp(message));
    }
  });

  it("names the record whose label is past 9", () => {
    const bytes = new Uint8Array(10_000 * recordBytes);
    bytes[123 * recordBytes] = 10;
    const folder = makeFolder(["data_batch_1.bin"]);
    writeFileSync(join(folder, "data_batch_1.bin"), bytes);
    fails(folder, /data_batch_1\.bin: expected labels 0 … 9, found 10 in record 123/);
  });

  it("names the Python file that is not a pickle, or too large for one", () => {
    const folder = join(root, "python");
    mkdirSync(folder);
    const names = ["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"];
    for (const name of names) writeFileSync(join(folder, name), "<html>");
    fails(folder, /data_batch_1: not a Python pickle of plain data: expected it to start with byte 0x80/);
    writeFileSync(join(folder, "batches.meta"), "");
    fails(folder, /batches\.meta: .* found an empty file/);
    truncateSync(join(folder, "data_batch_1"), 2 ** 28);
    fails(folder, /data_batch_1: expected at most 134217728 bytes, found 268435456/);
  });

  const realData = process.env["WEIGHT_SEARCH_DATA"];
  const skip = !realData && "WEIGHT_SEARCH_DATA does not name a folder with CIFAR-10";
  it("reads the official files", { skip }, () => {
    const data = loadCifar10(realData ?? "");
    assert.equal(data.classNames[0], "airplane");
    for (let label = 0; label < 10; label++) {
      assert.equal(data.train.labels.filter((found) => found === label).length, 5000);
    }
    let sum = 0;
    for (let image = 0; image < data.train.count; image++) {
      for (const byte of data.train.images.subarray(image * 3072, image * 3072 + 1024)) sum += byte;
    }
    assert.ok(Math.abs(sum / (50_000 * 1024 * 255) - (data.mean[0] ?? 0)) < 1e-3);
  });
});
