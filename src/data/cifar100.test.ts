import assert from "node:assert/strict";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { inputError } from "../../tests/support/input-error.js";
import { loadCifar100 } from "./cifar100.js";

const recordBytes = 3074;

let root = "";

before(() => {
  root = mkdtempSync(join(tmpdir(), "cifar100-"));
});

after(() => rmSync(root, { recursive: true }));

/** Writes pieces at their places into a file of `size` bytes, the rest of which is zero and takes no disk. */
function writeSparse(path: string, size: number, pieces: readonly [number, Uint8Array][]): void {
  const file = openSync(path, "w");
  for (const [position, bytes] of pieces) writeSync(file, bytes, 0, bytes.length, position);
  closeSync(file);
  truncateSync(path, size);
}

/** A pickle as Python 2's cPickle writes it, with the fine label i mod 100 for record i; pixels are 0 but the last. */
function writePickle(path: string, records: number): void {
  const numbers = (modulus: number) =>
    Buffer.from(Array.from({ length: records }, (_, record) => [0x4b, record % modulus]).flat());
  const long = (value: number) => {
    const bytes = Buffer.alloc(5, "J");
    bytes.writeUInt32LE(value, 1);
    return bytes;
  };
  const latin1 = (text: string) => Buffer.from(text, "latin1");
  const dtype = "cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb";
  const start = Buffer.concat([
    latin1("\x80\x02}(U\x0dcoarse_labels]("),
    numbers(20),
    latin1("eU\x0bfine_labels]("),
    numbers(100),
    latin1("eU\x04datacnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01"),
    long(records),
    latin1(`M\x00\x0c\x86${dtype}\x89T`),
    long(records * 3072).subarray(1),
  ]);
  const end = latin1("\x07tbu.");
  const size = start.length + records * 3072 - 1 + end.length;
  writeSparse(path, size, [
    [0, start],
    [size - end.length, end],
  ]);
}

function fails(directory: string, message: RegExp): void {
  assert.throws(() => loadCifar100(directory), inputError(directory, message));
}

describe("loadCifar100", () => {
  it("reads the fine labels of the binary files", () => {
    const folder = join(root, "binary", "cifar-100-binary");
    mkdirSync(folder, { recursive: true });
    const last = Buffer.alloc(recordBytes, 7);
    last[0] = 19;
    last[1] = 99;
    writeSparse(join(folder, "train.bin"), 50_000 * recordBytes, [[49_999 * recordBytes, last]]);
    writeSparse(join(folder, "test.bin"), 10_000 * recordBytes, [[3 * recordBytes, Buffer.of(4, 30)]]);
    const data = loadCifar100(join(root, "binary"));
    assert.deepEqual([data.kind, data.name, data.classNames.length], ["memory", "cifar100", 100]);
    assert.deepEqual([data.train.count, data.val.count], [50_000, 10_000]);
    assert.deepEqual([...data.train.labels.subarray(-2)], [0, 99]);
    assert.deepEqual([...data.train.images.subarray(-3073, -3071)], [0, 7]);
    assert.deepEqual([...data.val.labels.subarray(2, 5)], [0, 30, 0]);
    assert.deepEqual([data.classNames[0], data.classNames[30], data.classNames[99]], ["apple", "dolphin", "worm"]);

    const names = data.classNames.map((_, label) => `class ${label}`);
    writeFileSync(join(folder, "fine_label_names.txt"), `${names.join("\n")}\n`);
    assert.deepEqual(loadCifar100(folder).classNames, names);
    writeFileSync(join(folder, "fine_label_names.txt"), "apple\n");
    fails(folder, /fine_label_names\.txt: expected 100 different class names, found 1 entries/);

    truncateSync(join(folder, "train.bin"), 10_000 * recordBytes);
    const sizes = /train\.bin: expected 153700000 bytes \(50000 records of 3074 bytes\), found 30740000: it is cut off/;
    fails(folder, sizes);
  });

  it("reads the fine labels of the Python files", () => {
    const folder = join(root, "python", "cifar-100-python");
    mkdirSync(folder, { recursive: true });
    writePickle(join(folder, "train"), 50_000);
    writePickle(join(folder, "test"), 10_000);
    const data = loadCifar100(join(root, "python"));
    assert.deepEqual([data.train.count, data.val.count], [50_000, 10_000]);
    assert.deepEqual([...data.train.labels.subarray(98, 102)], [98, 99, 0, 1]);
    assert.deepEqual([...data.val.images.subarray(-2)], [0, 7]);
    writeFileSync(join(folder, "meta"), "\x80\x02}U\x10fine_label_names]U\x05appleas.", "latin1");
    fails(folder, /meta: expected 100 different class names, found 1 entries/);
  });

  it("reports what it looked for", () => {
    fails(join(root, "nowhere"), /expected CIFAR-100's files, found no such folder; looked for .*cifar-100-python/);
    const folder = join(root, "images");
    mkdirSync(join(folder, "train"), { recursive: true });
    fails(folder, /train: expected the file train, found a folder/);
  });
});
