import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { inputError } from "../../../tests/support/input-error.js";
import { checkpoint, listTensors } from "../../../tests/support/torch-tensors.js";
import { zipFile } from "../../../tests/support/zip.js";
import { ZipFile } from "../zip-file.js";
import { withTorchArchive } from "./archive.js";

const folder = mkdtempSync(join(tmpdir(), "torch-archive-"));
after(() => rmSync(folder, { recursive: true }));

/** The part, and every tensor as [name, dtype, shape, values]. */
function read(path: string) {
  return withTorchArchive(path, listTensors);
}

/** start/8, (start + 1)/8, … as the fixtures' tensors. */
function eighths(count: number, start = 0): number[] {
  return Array.from({ length: count }, (_, index) => (start + index) / 8);
}

const STATE_DICT = [
  ["conv1.weight", "float32", [2, 1, 2, 2], eighths(8, 0)],
  ["bn1.weight", "float32", [2], eighths(2, 1)],
  ["bn1.bias", "float32", [2], eighths(2, 2)],
  ["bn1.running_mean", "float32", [2], eighths(2, 3)],
  ["bn1.running_var", "float32", [2], eighths(2, 4)],
  ["bn1.num_batches_tracked", "int64", [], [0]],
  ["linear.weight", "float32", [3, 2], eighths(6, 6)],
  ["linear.bias", "float32", [3], eighths(3, 7)],
];

test("a state dict with its metadata", () => {
  assert.deepEqual(read(checkpoint("state_dict.pth")), { part: null, tensors: STATE_DICT });
});

test("tensors that were on a GPU", () => {
  assert.deepEqual(read(checkpoint("cuda.pth")), { part: null, tensors: STATE_DICT });
});

test("the original program's dictionary a layer: results of operations, Parameters and None", () => {
  const { part, tensors } = read(checkpoint("original.pth"));
  assert.equal(part, null);
  assert.deepEqual(tensors, [
    ["conv1.weight", "float32", [2, 1, 2, 2], eighths(8)],
    ...STATE_DICT.slice(1, 6),
    ["linear.weight", "float32", [3, 2], eighths(6)],
    ["linear.bias", "float32", [3], eighths(3)],
  ]);
});

test("the model of a training checkpoint: views of one storage, every type, lists, beside what scripts keep", () => {
  const base = eighths(12);
  const at = (rows: readonly number[], columns: readonly number[]) =>
    rows.flatMap((row) => columns.map((column) => base[4 * row + column]));
  assert.deepEqual(read(checkpoint("views.pth")), {
    part: "model_state",
    tensors: [
      ["base", "float32", [3, 4], base],
      ["transposed", "float32", [4, 3], [0, 1, 2, 3].flatMap((column) => at([0, 1, 2], [column]))],
      ["column", "float32", [3], at([0, 1, 2], [1])],
      ["corner", "float32", [2, 2], at([1, 2], [2, 3])],
      ["half", "float16", [2, 2], eighths(4)],
      ["half_parameter", "float16", [2], eighths(2)],
      ["bfloat16", "bfloat16", [3], eighths(3)],
      ["double", "float64", [2], eighths(2)],
      ["integers", "int64", [2], [2 ** 40, -1]],
      ["bytes", "uint8", [2], [0, 255]],
      ["flags", "bool", [2], [1, 0]],
      ["scalar", "float32", [], [0.25]],
      ["empty", "float32", [0, 3], []],
      ["expanded", "float32", [2, 3], new Array(6).fill(0.5)],
      ["nested.list.0", "float32", [1], [1 / 8]],
      ["nested.list.2", "float32", [1], [2 / 8]],
    ],
  });
});

function assertWrong(path: string, message: RegExp): void {
  assert.throws(() => read(path), inputError(`${path}: `, message));
}

test("a pickle that asks for a function is refused by name, and the function is not called", () => {
  assertWrong(checkpoint("malicious.pth"), /found Python's "posix.system", which is not run; write the model with/);
  assert.equal(existsSync("weight-search-was-here"), false);
});

test("a truncated file is refused", () => {
  assertWrong(checkpoint("truncated.pth"), /cut off$/);
});

/** The state dict's archive with some records changed. */
function changed(change: (records: Map<string, Uint8Array>) => void): string {
  const records = ZipFile.use(
    checkpoint("state_dict.pth"),
    (zip) => new Map([...zip.names].map((name): [string, Uint8Array] => [name, zip.read(name)])),
  );
  change(records);
  return archive(records);
}

function archive(records: ReadonlyMap<string, Uint8Array>): string {
  const path = join(folder, "a.pth");
  writeFileSync(path, zipFile(records));
  return path;
}

test("archives that are not a state dict's are refused, saying which record", () => {
  const set = (name: string, bytes: Uint8Array) => changed((records) => records.set(`state_dict/${name}`, bytes));
  const remove = (name: string) => changed((records) => records.delete(`state_dict/${name}`));
  assertWrong(remove("data.pkl"), /expected a file of torch.save, found a zip file with 0 data.pkl$/);
  assertWrong(set("constants.pkl", Buffer.alloc(1)), /found a TorchScript program/);
  // Its code is compressed.
  const code = changed((records) => records.set("state_dict/constants.pkl", Buffer.alloc(1)));
  const bytes = readFileSync(code);
  bytes.writeUInt16LE(8, bytes.lastIndexOf("state_dict/constants.pkl") - 36);
  writeFileSync(code, bytes);
  assertWrong(code, /found a TorchScript program/);
  assertWrong(set("byteorder", Buffer.from("big")), /byteorder: expected little, found "big"$/);
  assertWrong(
    set("data/0", Buffer.alloc(28)),
    /tensor "conv1.weight": expected 32 bytes in "state_dict\/data\/0", found 28$/,
  );
  assertWrong(remove("data/7"), /tensor "linear.bias": expected 12 bytes .* found none$/);
  assert.deepEqual(read(set("byteorder", Buffer.from("little"))).tensors, STATE_DICT);
});

const text = (value: string) => Buffer.concat([Buffer.from([0x8c, Buffer.byteLength(value)]), Buffer.from(value)]);
const integer = (value: number) => {
  const bytes = Buffer.from([0x8a, 8, 0, 0, 0, 0, 0, 0, 0, 0]);
  bytes.writeBigInt64LE(BigInt(value), 2);
  return bytes;
};
const tuple = (...items: readonly Buffer[]) => Buffer.concat([Buffer.from("("), ...items, Buffer.from("t")]);
const global = (module: string, name: string) => Buffer.from(`c${module}\n${name}\n`);
const storage = (numElements: number, type = "FloatStorage") =>
  Buffer.concat([
    tuple(text("storage"), global("torch", type), text("0"), text("cpu"), integer(numElements)),
    Buffer.from("Q"),
  ]);
const rebuilt = (numElements: number, offset: number, shape: readonly number[], strides: readonly number[]) =>
  Buffer.concat([
    global("torch._utils", "_rebuild_tensor_v2"),
    tuple(storage(numElements), integer(offset), tuple(...shape.map(integer)), tuple(...strides.map(integer))),
    Buffer.from("R"),
  ]);
const dict = (...items: readonly Buffer[]) => Buffer.concat([Buffer.from("}("), ...items, Buffer.from("u")]);

/** An archive of this pickle and one storage of four float32. */
function pickled(...parts: readonly Buffer[]): string {
  const pickle = Buffer.concat([Buffer.from([0x80, 2]), ...parts, Buffer.from(".")]);
  return archive(
    new Map([
      ["a/data.pkl", pickle],
      ["a/data/0", Buffer.from(Float32Array.of(1, 2, 3, 4).buffer)],
    ]),
  );
}

for (const key of ["state_dict", "model", "net"]) {
  test(`a checkpoint keeps its model under "${key}"`, () => {
    const path = pickled(dict(text(key), dict(text("w"), rebuilt(4, 0, [1], [1]))));
    assert.deepEqual(read(path), { part: key, tensors: [["w", "float32", [1], [1]]] });
  });
}

test("tensors that reach out of their storage, or are far larger than the file, are refused", () => {
  assert.deepEqual(read(pickled(dict(text("w"), rebuilt(4, 1, [3], [1])))).tensors, [["w", "float32", [3], [2, 3, 4]]]);
  assertWrong(pickled(dict(text("w"), rebuilt(4, 2, [3], [1]))), /expected it inside its storage of 4 elements/);
  assertWrong(pickled(dict(text("w"), rebuilt(4, 0, [2, 2], [3, 1]))), /found it to end at 5 /);
  assertWrong(pickled(dict(text("w"), rebuilt(4, -1, [1], [1]))), /expected a storage, an offset, a shape and strides/);
  assertWrong(pickled(dict(text("w"), rebuilt(5, 0, [4], [1]))), /expected 20 bytes in "a\/data\/0", found 16$/);
  assertWrong(pickled(dict(text("w"), rebuilt(2 ** 50, 0, [2 ** 50], [1]))), /found 16$/);
  assertWrong(pickled(dict(text("w"), rebuilt(4, 0, [2 ** 40], [0]))), /at most 65536 elements in all tensors/);
  assertWrong(pickled(dict(text("w"), rebuilt(4, 0, [2 ** 40, 2 ** 40], [0, 0]))), /expected fewer elements/);
  assertWrong(pickled(dict(text("w"), rebuilt(4, 0, [0, 2 ** 52, 2 ** 52], [1, 1, 1]))), /expected fewer elements/);
  // Sizes and strides in lists, to which the pickle appends once the tensor is made.
  const lists = [text("sizes"), Buffer.from("]q\x00K\x02a"), text("strides"), Buffer.from("]q\x01K\x01a")];
  const made = [
    Buffer.concat([global("torch._utils", "_rebuild_tensor_v2"), Buffer.from("("), storage(4), integer(0)]),
    Buffer.from("h\x00h\x01tR"),
  ];
  const appended = [text("a"), Buffer.from("h\x00K\x09a"), text("b"), Buffer.from("h\x01K\x09a")];
  const tensors = [["w", "float32", [2], [1, 2]]];
  assert.deepEqual(read(pickled(dict(...lists, text("w"), ...made, ...appended))).tensors, tensors);
});

test("pickles that break the stack, name other things, or hold themselves are refused", () => {
  // Thirty levels of a pair of the level before: 2^30 values in 150 bytes.
  const bomb = Array.from({ length: 30 }, (_, level) => Buffer.from([0x71, level, 0x68, level, 0x86]));
  const cases: [Buffer, RegExp][] = [
    [Buffer.from("s"), /expected 2 values, found fewer on the stack \(pickle, byte 2\)$/],
    [Buffer.from("t"), /expected a mark, found none/],
    [Buffer.from("R"), /found fewer/],
    [Buffer.from("NNR"), /expected a call of a function/],
    [Buffer.from("h\x05"), /expected memo 5 to be set/],
    [Buffer.from("NN"), /expected one value, found several/],
    [Buffer.from("X\xff\xff\xff\x7f", "latin1"), /expected 2147483647 bytes more/],
    [Buffer.from("Ni"), /opcode 0x69 \(INST\) is not read \(pickle, byte 3\)$/],
    [Buffer.from("Pid\n"), /opcode 0x50 \(PERSID\)/],
    [Buffer.from("U\x01a"), /opcode 0x55 \(SHORT_BINSTRING\)/],
    [Buffer.from([0x8f]), /opcode 0x8f \(EMPTY_SET\)/],
    [Buffer.from([0x96, 0, 0, 0, 0, 0, 0, 0, 0]), /opcode 0x96 \(BYTEARRAY8\)/],
    [Buffer.from([0xff]), /opcode 0xff is not read/],
    [
      Buffer.concat([global("torch", "FloatStorage"), Buffer.from(")R")]),
      /torch.FloatStorage: expected other arguments/,
    ],
    [Buffer.concat([text("storage"), Buffer.from("Q")]), /expected the id of a storage/],
    [Buffer.concat([global("torch.jit._pickle", "build_intlist")]), /found Python's "torch.jit._pickle.build_intlist"/],
    [Buffer.concat([text("os"), text("system"), Buffer.from([0x93])]), /found Python's "os.system"/],
    [global("\x1b".repeat(200), "x"), /found Python's "(\\u001b)+\\u001…, which is not run/],
    [dict(tuple(), Buffer.from("N")), /expected dictionary keys that are texts or numbers/],
    [Buffer.from("}q\x00K\x01h\x00s"), /expected at most 32 levels/],
    [Buffer.concat([Buffer.from("}"), ...bomb]), /1048576 values/],
    [rebuilt(4, 0, [4], [1]), /expected a dictionary of tensors by name, found one tensor$/],
  ];
  for (const [pickle, message] of cases) assertWrong(pickled(pickle), message);
});

test("thousands of damaged archives: elements of tensors or an InputError that names the file", () => {
  const path = join(folder, "damaged.pth");
  for (const name of ["state_dict.pth", "views.pth"]) {
    const good = readFileSync(checkpoint(name));
    const pickleBegin = good.indexOf(Buffer.from([0x80, 2]));
    const anywhere = fc.tuple(fc.nat(good.length - 1), fc.nat(255));
    const inPickle = fc.tuple(fc.integer({ min: pickleBegin, max: pickleBegin + 1200 }), fc.nat(255));
    const changes = fc.array(fc.oneof(anywhere, inPickle), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(changes, fc.option(fc.nat(good.length)), (edits, length) => {
        const bytes = Buffer.from(good.subarray(0, length ?? good.length));
        for (const [at, value] of edits) if (at < bytes.length) bytes[at] = value;
        writeFileSync(path, bytes);
        try {
          read(path);
        } catch (error) {
          inputError(path)(error);
        }
      }),
      { numRuns: 1000 },
    );
  }
});
