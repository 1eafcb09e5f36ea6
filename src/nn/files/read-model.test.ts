import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { inputError } from "../../../tests/support/input-error.js";
import { checkpoint } from "../../../tests/support/torch-tensors.js";
import { packModel } from "../../formats/packed/packed-model.js";
import { type SafetensorsEntry, writeSafetensors } from "../../formats/safetensors.js";
import { liveTensors, scope } from "../../tensor/tensor.js";
import { readModelFile } from "./read-model.js";

const folder = mkdtempSync(join(tmpdir(), "read-model-"));
after(() => rmSync(folder, { recursive: true }));

function entry(dtype: SafetensorsEntry["dtype"], array: ArrayBufferView, shape: readonly number[]): SafetensorsEntry {
  return { dtype, shape, data: new Uint8Array(array.buffer, array.byteOffset, array.byteLength) };
}

const FLOATS = entry("F32", Float32Array.of(1, 2), [2]);

function read(path: string) {
  return scope(() => {
    const { tensors, ...rest } = readModelFile(path);
    return { ...rest, tensors: [...tensors].map(([name, x]) => [name, x.dtype, x.shape, x.toArray()]) };
  });
}

test("a safetensors file of every type, by its content: floating-point ones come as float32", () => {
  const path = join(folder, "model.pth");
  const entries = new Map([
    ["a", FLOATS],
    ["half", entry("F16", Uint16Array.of(0x3c00, 0xc000, 0x3800), [3])],
    ["bfloat16", entry("BF16", Uint16Array.of(0x3f80, 0xc000), [2, 1])],
    ["double", entry("F64", Float64Array.of(0.5), [])],
    ["count", entry("I64", BigInt64Array.of(7n), [])],
    ["flags", entry("BOOL", Uint8Array.of(1, 0), [2])],
    ["empty", entry("F16", new Uint16Array(0), [0, 4])],
  ]);
  writeSafetensors(path, entries, { epoch: "3" });
  assert.deepEqual(read(path), {
    path,
    format: "safetensors",
    metadata: { epoch: "3" },
    part: null,
    tensors: [
      ["a", "float32", [2], [1, 2]],
      ["half", "float32", [3], [1, -2, 0.5]],
      ["bfloat16", "float32", [2, 1], [1, -2]],
      ["double", "float32", [], [0.5]],
      ["count", "int64", [], [7]],
      ["flags", "bool", [2], [1, 0]],
      ["empty", "float32", [0, 4], []],
    ],
  });
});

test("a safetensors file whatever the length of its header, which comes first", () => {
  const path = join(folder, "header.safetensors");
  const firstBytes = new Set<number>();
  for (let padding = 0; padding < 256; padding += 4) {
    writeSafetensors(path, new Map([["a", FLOATS]]), { padding: "x".repeat(padding) });
    firstBytes.add(readFileSync(path)[0] ?? -1);
    assert.equal(read(path).format, "safetensors");
  }
  // A pickle's first byte among them.
  assert.ok(firstBytes.has(0x80));
});

test("a packed file is unpacked", () => {
  const path = join(folder, "packed.safetensors");
  const { tensors: packed, metadata } = packModel(new Map([["a.weight", FLOATS]]), new Map([["a.weight", [1, 2]]]));
  writeSafetensors(path, packed, metadata);
  const { format, tensors } = read(path);
  assert.deepEqual([format, tensors], ["packed safetensors", [["a.weight", "float32", [2], [1, 2]]]]);
});

test("a file of torch.save, by its content, with the part the model was in", () => {
  const path = join(folder, "model.safetensors");
  copyFileSync(checkpoint("views.pth"), path);
  const { format, part, tensors } = read(path);
  assert.deepEqual([format, part, tensors.length], ["torch.save", "model_state", 16]);
  copyFileSync(checkpoint("legacy_views.pth"), path);
  assert.deepEqual(read(path), { path, format, metadata: {}, part, tensors });
});

test("what is not a model is refused, naming the file and what was found", () => {
  const assertWrong = (path: string, message: RegExp) =>
    assert.throws(() => read(path), inputError(`${path}: `, message));
  const holding = (bytes: string | Uint8Array): string => {
    const path = join(folder, "other");
    writeFileSync(path, bytes);
    return path;
  };
  const expected = /expected a safetensors file or a file of torch.save/;
  const tar = Buffer.alloc(1024);
  tar.write("ustar", 257);
  assertWrong(holding(tar), /found a tar file, the first format of torch.save: load it and write it again with/);
  assertWrong(checkpoint("legacy_malicious.pth"), /found Python's "posix.system", which is not run/);
  assertWrong(checkpoint("truncated.pth"), /the file is cut off$/);
  assertWrong(checkpoint("malicious.pth"), /found Python's "posix.system", which is not run/);
  assertWrong(holding(""), /found an empty file$/);
  assertWrong(holding("epoch,loss\n"), /found one that starts with 65706f63682c6c6f$/);
  assertWrong(holding(Uint8Array.of(0x80, 4, 0x7d, 0x2e)), /found a Python pickle$/);
  assertWrong(holding(Uint8Array.of(9, 9, 9, 9, 0, 0, 0, 0, 0x7b)), /header length: expected at most 1 bytes/);
  for (const message of [expected, /found no such file or directory/]) assertWrong(join(folder, "none"), message);
  const pipe = join(folder, "pipe");
  assert.equal(spawnSync("mkfifo", [pipe]).status, 0);
  for (const message of [expected, /found something else$/]) assertWrong(pipe, message);
});

test("reading leaves no tensors but the file's, and none when it fails", () => {
  const before = liveTensors();
  scope(() => {
    const { tensors } = readModelFile(checkpoint("views.pth"));
    assert.equal(liveTensors() - before, tensors.size);
    assert.throws(() => readModelFile(checkpoint("truncated.pth")));
    assert.equal(liveTensors() - before, tensors.size);
  });
  assert.equal(liveTensors(), before);
});

test("values with which nothing can be computed are named with their file and tensor", () => {
  const path = join(folder, "values.safetensors");
  for (const [name, values, message] of [
    ["fc.bias", [1, Number.NaN], "expected finite values, found NaN"],
    ["bn1.weight", [Number.POSITIVE_INFINITY, 1], "expected finite values, found Infinity"],
    ["bn1.running_mean", [0, Number.NEGATIVE_INFINITY], "expected finite values, found -Infinity"],
    ["bn1.running_var", [-0.5, 1], "expected variances ≥ 0, found -0.5"],
    ["layer1.0.bn1.soft_running_var", [1, -2], "expected variances ≥ 0, found -2"],
    ["conv1.alpha", [Number.NaN, 1], "expected finite values, found NaN"],
  ] as const) {
    writeSafetensors(
      path,
      new Map([
        ["fine", FLOATS],
        [name, entry("F32", Float32Array.from(values), [2])],
      ]),
      {},
    );
    assert.throws(() => read(path), inputError(`${path}: tensor "${name}": ${message}`));
  }
  // A value that is never chosen.
  const never = Float32Array.of(Number.NEGATIVE_INFINITY, 1);
  writeSafetensors(path, new Map([["conv1.alpha", entry("F32", never, [2])]]), {});
  assert.equal(read(path).tensors.length, 1);
});
