import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { InputError } from "../text/errors.js";
import {
  encodeSafetensors,
  readSafetensors,
  type SafetensorsEntry,
  safetensorsSizeBytes,
  writeSafetensors,
} from "./safetensors.js";
import { DTYPE_BYTES, type SafetensorsDtype } from "./safetensors-header.js";

const folder = mkdtempSync(join(tmpdir(), "safetensors-"));
const path = join(folder, "model.safetensors");
after(() => rmSync(folder, { recursive: true }));

function filled(dtype: SafetensorsDtype, shape: readonly number[]): SafetensorsEntry {
  const sizeBytes = shape.reduce((product, size) => product * size, DTYPE_BYTES[dtype]);
  return { dtype, shape, data: Uint8Array.from({ length: sizeBytes }, (_, index) => (index * 7 + 1) % 256) };
}

/** A file with that header and a number of bytes of data. */
function rawFile(header: unknown, dataBytes: number): Uint8Array {
  const json = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, Buffer.alloc(dataBytes)]);
}

function read(bytes: Uint8Array): ReturnType<typeof readSafetensors> {
  writeFileSync(path, bytes);
  return readSafetensors(path);
}

function readsOrInputError(bytes: Uint8Array): void {
  try {
    read(bytes);
  } catch (error) {
    assert.ok(error instanceof InputError, `${error}`);
    assert.ok(error.message.startsWith(path), error.message);
    assert.ok(!error.message.includes("\n"), error.message);
  }
}

function assertWrong(bytes: Uint8Array, message: RegExp): void {
  assert.throws(() => read(bytes), { name: "InputError", message });
}

test("any tensors and metadata come back as they were written, in their order", () => {
  const entry = fc
    .record({
      dtype: fc.constantFrom(...(Object.keys(DTYPE_BYTES) as SafetensorsDtype[])),
      shape: fc.array(fc.nat(4), { maxLength: 4 }),
    })
    .map(({ dtype, shape }) => filled(dtype, shape));
  const names = fc.string({ unit: "grapheme" }).filter((name) => !/^(\d+|__metadata__)$/.test(name));
  const model = fc.uniqueArray(fc.tuple(names, entry), { selector: ([name]) => name, maxLength: 8 });
  fc.assert(
    fc.property(model, fc.dictionary(fc.string(), fc.string()), (entries, metadata) => {
      const tensors = new Map(entries);
      writeSafetensors(path, tensors, metadata);
      const file = readSafetensors(path);
      assert.deepEqual([...file.tensors], [...tensors]);
      assert.deepEqual(Object.entries(file.metadata).sort(), Object.entries(metadata).sort());
      assert.equal(readFileSync(path).length, safetensorsSizeBytes(tensors, metadata));
    }),
    { numRuns: 100 },
  );
});

test("a size of -0 is refused", () => {
  assertWrong(
    rawFile('{"a":{"dtype":"F32","shape":[-0],"data_offsets":[0,0]}}', 0),
    /shape: expected a list of integers/,
  );
});

test("the file is laid out as the format asks: data at a multiple of 8, each tensor aligned, nothing between", () => {
  writeSafetensors(
    path,
    new Map([
      ["a", filled("U8", [3])],
      ["b", filled("F64", [])],
      ["c", filled("F16", [3])],
    ]),
  );
  const bytes = readFileSync(path);
  const headerBytes = Number(bytes.readBigUInt64LE());
  assert.equal((8 + headerBytes) % 8, 0);
  assert.equal(
    bytes
      .subarray(8, 8 + headerBytes)
      .toString()
      .trimEnd(),
    '{"a":{"dtype":"U8","shape":[3],"data_offsets":[14,17]},"b":{"dtype":"F64","shape":[],"data_offsets":[0,8]},' +
      '"c":{"dtype":"F16","shape":[3],"data_offsets":[8,14]}}',
  );
  assert.equal(bytes.length, 8 + headerBytes + 17);
});

test("data read from an unaligned place can be viewed as floats", () => {
  const offsets = {
    a: { dtype: "U8", shape: [1], data_offsets: [0, 1] },
    b: { dtype: "F32", shape: [1], data_offsets: [1, 5] },
  };
  const { data } = read(rawFile(offsets, 5)).tensors.get("b") ?? filled("U8", []);
  assert.deepEqual(new Float32Array(data.buffer, data.byteOffset, 1), Float32Array.of(0));
});

test("random bytes and damaged files give a file or an InputError, nothing else", () => {
  writeSafetensors(
    path,
    new Map([
      ["a.weight", filled("F32", [2, 3])],
      ["b", filled("I64", [])],
    ]),
    { epoch: "3" },
  );
  const good = readFileSync(path);
  const headerBytes = Number(good.readBigUInt64LE());
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), readsOrInputError), { numRuns: 100 });
  const change = fc.tuple(fc.nat(good.length - 1), fc.nat(255));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), fc.nat(good.length), (changes, length) => {
      const bytes = Buffer.from(good);
      for (const [at, value] of changes) bytes[at] = value;
      readsOrInputError(bytes);
      readsOrInputError(good.subarray(0, length));
    }),
    { numRuns: 300 },
  );
  fc.assert(
    fc.property(fc.nat(headerBytes - 1), fc.constantFrom(...'{}[]",:019-e. '), (at, character) => {
      const bytes = Buffer.from(good);
      bytes.write(character, 8 + at);
      readsOrInputError(bytes);
    }),
    { numRuns: 300 },
  );
});

test("any JSON as a header gives a file or an InputError", () => {
  const info = fc.record(
    {
      dtype: fc.oneof(fc.constantFrom("F32", "U8", "toString"), fc.json()),
      shape: fc.oneof(fc.array(fc.integer()), fc.array(fc.maxSafeNat()), fc.jsonValue()),
      data_offsets: fc.oneof(fc.array(fc.nat(20), { minLength: 2, maxLength: 2 }), fc.jsonValue()),
    },
    { requiredKeys: [] },
  );
  const header = fc.oneof(fc.jsonValue(), fc.dictionary(fc.string(), fc.oneof(info, fc.jsonValue())));
  fc.assert(
    fc.property(header, fc.nat(20), (value, dataBytes) => readsOrInputError(rawFile(value, dataBytes))),
    {
      numRuns: 300,
    },
  );
});

test("what is wrong with a file is named", () => {
  const tensor = (shape: readonly unknown[], begin: number, end: number, dtype = "U8") => ({
    dtype,
    shape,
    data_offsets: [begin, end],
  });
  assertWrong(Buffer.alloc(7), /at least 8 bytes, found 7$/);
  assertWrong(Buffer.alloc(9, 255), /header length: expected at most 1 bytes, found 18446744073709551615$/);
  assertWrong(rawFile("[]", 0), /header: expected an object, found "\[\]"$/);
  assertWrong(rawFile("{", 0), /header: expected JSON, found "\{"$/);
  assertWrong(rawFile("", 0), /expected JSON/);
  assertWrong(rawFile({ w: tensor([1], 0, 1, "F8_E4M3") }, 1), /tensor "w": dtype: .*found "F8_E4M3"$/);
  assertWrong(rawFile({ w: tensor([-1], 0, 1) }, 1), /tensor "w": shape: .*found \[-1\]$/);
  assertWrong(rawFile({ w: tensor([0.5], 0, 1) }, 1), /shape: .*found \[0\.5\]$/);
  assertWrong(
    rawFile({ w: tensor([2 ** 40, 2 ** 40], 0, 1) }, 1),
    /expected a shape that fits in a file, found 1 bytes$/,
  );
  assertWrong(rawFile({ w: tensor([2], 0, 4, "F32") }, 4), /expected 8 bytes for F32 \[2\], found 4 bytes$/);
  assertWrong(rawFile({ w: tensor([1], 1, 0) }, 1), /data_offsets: expected \[begin, end\], found \[1,0\]$/);
  assertWrong(rawFile({ w: tensor([1], 1, 2) }, 2), /expected to begin at 0, found 1 \(a hole\)$/);
  assertWrong(rawFile({ v: tensor([2], 0, 2), w: tensor([2], 1, 3) }, 3), /"w".*at 2, found 1 \(an overlap\)$/);
  assertWrong(rawFile({ w: tensor([1], 0, 1) }, 2), /expected 1 bytes of data for its tensors, found 2$/);
  assertWrong(rawFile({ w: tensor([3], 0, 3) }, 2), /expected 3 bytes of data for its tensors, found 2$/);
  assertWrong(rawFile({ __metadata__: { epoch: 3 } }, 0), /__metadata__: "epoch": expected a string, found 3$/);
  assertWrong(
    rawFile(`{"w":${JSON.stringify(tensor([0], 0, 0))},"\\u0077":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}`, 0),
    /each key once, found "w" twice$/,
  );
  assertWrong(rawFile('{"w":{"dtype":"U8","dtype":"I8","shape":[0],"data_offsets":[0,0]}}', 0), /found "dtype" twice$/);
  assertWrong(rawFile(`{"__metadata__":{"a":${"[".repeat(1e5)}${"]".repeat(1e5)}}}`, 0), /"a": expected a string/);
  assertWrong(Buffer.concat([rawFile("12", 0).subarray(0, 8), Buffer.of(0xff, 0xfe)]), /header: expected UTF-8/);
  assert.throws(() => readSafetensors(join(folder, "none")), {
    name: "InputError",
    message: /found no such file or directory/,
  });
  assert.throws(() => readSafetensors(folder), { name: "InputError", message: /found something else$/ });
});

test("a write that fails leaves the old file and no temporary", () => {
  const old = new Map([["w", filled("U8", [2])]]);
  writeSafetensors(path, old);
  const bad: SafetensorsEntry = { dtype: "F32", shape: [2], data: new Uint8Array(4) };
  assert.throws(() => writeSafetensors(path, new Map([["w", bad]])), {
    name: "RangeError",
    message: /^w: expected 8 bytes/,
  });
  assert.throws(() => writeSafetensors(path, new Map([["__metadata__", filled("U8", [1])]])), RangeError);
  assert.throws(() => writeSafetensors(join(folder, "none", "a"), old), {
    name: "InputError",
    message: /found no such file or directory/,
  });
  assert.deepEqual([...readSafetensors(path).tensors], [...old]);
  assert.deepEqual(readdirSync(folder), ["model.safetensors"]);
});

test("what is encoded is what is written, and shares the tensors' memory", () => {
  const entry = filled("F32", [2]);
  const tensors = new Map([["a", entry]]);
  const chunks = encodeSafetensors(tensors, { k: "v" });
  writeSafetensors(path, tensors, { k: "v" });
  assert.deepEqual(Buffer.concat(chunks), readFileSync(path));
  assert.equal(chunks.at(-1), entry.data);
});
