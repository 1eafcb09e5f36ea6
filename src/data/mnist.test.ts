import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { loadMnist } from "./mnist.js";

const root = mkdtempSync(join(tmpdir(), "mnist-"));
after(() => rmSync(root, { recursive: true }));

/** An idx file: magic number, dimensions and bytes. */
function idx(shape: readonly number[], bytes: Uint8Array): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  for (const [index, value] of [0x0800 | shape.length, ...shape].entries()) header.writeUInt32BE(value, 4 * index);
  return Buffer.concat([header, bytes]);
}

/** A folder with two images of each part; image i has every pixel `10 · i`. */
function makeFolder(
  name: string,
  { labels = [3, 9], gzip = false, parts = ["train", "t10k"], side = 28 } = {},
): string {
  const folder = join(root, name);
  mkdirSync(folder, { recursive: true });
  const pixels = new Uint8Array(2 * side * side).map((_, index) => 10 * Math.floor(index / (side * side)));
  for (const part of parts) {
    for (const [file, bytes] of [
      [`${part}-images-idx3-ubyte`, idx([2, side, side], pixels)],
      [`${part}-labels-idx1-ubyte`, idx([labels.length], Uint8Array.from(labels))],
    ] as const) {
      writeFileSync(join(folder, gzip ? `${file}.gz` : file), gzip ? gzipSync(bytes) : bytes);
    }
  }
  return folder;
}

test("MNIST is read from raw and from compressed files, in the folder or where torchvision puts them", () => {
  makeFolder("torchvision/MNIST/raw");
  for (const folder of [makeFolder("raw-files"), makeFolder("compressed", { gzip: true }), join(root, "torchvision")]) {
    const { channels, height, width, classNames, train, val } = loadMnist(folder);
    assert.deepEqual([channels, height, width, classNames.length, train.count, val.count], [1, 28, 28, 10, 2, 2]);
    assert.deepEqual([[...train.labels], train.images[0], train.images[784]], [[3, 9], 0, 10]);
  }
});

test("a part alone needs only its own files", () => {
  const folder = makeFolder("test-alone", { parts: ["t10k"] });
  const { train, val } = loadMnist(folder, ["val"]);
  assert.deepEqual([train.count, val.count], [0, 2]);
  assert.throws(() => loadMnist(folder), {
    name: "InputError",
    message: /test-alone: expected MNIST's file train-images-idx3-ubyte\.gz, raw or compressed, found none/,
  });
});

test("counts that do not match, labels past 9 and images of another size are errors", () => {
  const fails = (name: string, options: Parameters<typeof makeFolder>[1], message: RegExp) =>
    assert.throws(() => loadMnist(makeFolder(name, options)), { name: "InputError", message });
  fails("few-labels", { labels: [1] }, /labels-idx1-ubyte: expected 2 labels, one for each image of .*, found 1$/);
  fails("wrong-label", { labels: [1, 10] }, /labels-idx1-ubyte: label 1: expected 0 to 9, found 10$/);
  fails("small", { side: 27 }, /images-idx3-ubyte: expected images of 28 × 28, found shape 2 × 27 × 27$/);
});

const realFolder = join(process.env["WEIGHT_SEARCH_DATA"] ?? "", "mnist");
const skip = !existsSync(realFolder) && "WEIGHT_SEARCH_DATA does not name a folder with mnist";
test("the real files", { skip }, () => {
  const { train, val, mean, std } = loadMnist(realFolder);
  assert.deepEqual([train.count, val.count, [...train.labels.subarray(0, 5)]], [60_000, 10_000, [5, 0, 4, 1, 9]]);
  const pixels = train.images;
  const measured = pixels.reduce((sum, byte) => sum + byte, 0) / pixels.length / 255;
  const variance = pixels.reduce((sum, byte) => sum + (byte / 255 - measured) ** 2, 0) / pixels.length;
  assert.deepEqual([measured.toFixed(4), Math.sqrt(variance).toFixed(4)], [mean[0]?.toFixed(4), std[0]?.toFixed(4)]);
});
