import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { inputError } from "../../../tests/support/input-error.js";
import { checkpoint, listTensors } from "../../../tests/support/torch-tensors.js";
import { withTorchArchive } from "./archive.js";
import { isTorchLegacy, withTorchLegacy } from "./legacy.js";

const folder = mkdtempSync(join(tmpdir(), "torch-legacy-"));
after(() => rmSync(folder, { recursive: true }));

/** The part, and every tensor as [name, dtype, shape, values]. */
function read(path: string) {
  return withTorchLegacy(path, listTensors);
}

for (const [name, same, count] of [
  ["legacy.pth", "state_dict.pth", 8],
  ["legacy_protocol4.pth", "state_dict.pth", 8],
  ["legacy_original.pth", "original.pth", 8],
  ["legacy_views.pth", "views.pth", 16],
] as const) {
  test(`${name} has the tensors of ${same}`, () => {
    const model = read(checkpoint(name));
    assert.deepEqual(model, withTorchArchive(checkpoint(same), listTensors));
    assert.equal(model.tensors.length, count);
  });
}

test("a file of Python 2 and PyTorch 0.3: texts that are bytes, Parameters that are objects, a part of a storage", () => {
  const tail = [4, 5, 6, 8, 9, 10].map((eighths) => eighths / 8);
  assert.deepEqual(read(checkpoint("python2.pth")), {
    part: "state_dict",
    tensors: [
      ["weight", "float32", [2, 2], [0, 1 / 8, 2 / 8, 3 / 8]],
      ["tail", "float32", [2, 3], tail],
    ],
  });
});

test("files of the format are known by their start", () => {
  for (const name of ["legacy.pth", "legacy_protocol4.pth", "python2.pth"]) {
    assert.equal(isTorchLegacy(readFileSync(checkpoint(name))), true);
  }
  assert.equal(isTorchLegacy(readFileSync(checkpoint("state_dict.pth"))), false);
  assert.equal(isTorchLegacy(Uint8Array.of(0x80, 2, 0x7d, 0x2e)), false);
});

function assertWrong(path: string, message: RegExp): void {
  assert.throws(() => read(path), inputError(`${path}: `, message));
}

function holding(bytes: Uint8Array): string {
  const path = join(folder, "changed.pth");
  writeFileSync(path, bytes);
  return path;
}

test("a pickle that asks for a function is refused by name, and the function is not called", () => {
  assertWrong(
    checkpoint("legacy_malicious.pth"),
    /found Python's "posix.system", which is not run; write the model with/,
  );
  assert.equal(existsSync("weight-search-was-here"), false);
});

test("truncated anywhere, a file is refused", () => {
  for (const [name, step] of [
    ["legacy.pth", 1],
    ["legacy_views.pth", 50],
    ["python2.pth", 50],
  ] as const) {
    const good = readFileSync(checkpoint(name));
    for (let length = 0; length < good.length; length += step) {
      assertWrong(holding(good.subarray(0, length)), /magic number|cut off|expected a line/);
    }
  }
});

const good = readFileSync(checkpoint("legacy.pth"));

/** The state dict's file with the bytes that follow `before` overwritten. */
function changed(before: string, bytes: readonly number[]): string {
  const copy = Buffer.from(good);
  const at = copy.indexOf(before, "latin1");
  assert.ok(at >= 0, before);
  copy.set(bytes, at + before.length);
  return holding(copy);
}

test("what does not fit together is refused, saying what", () => {
  assertWrong(checkpoint("state_dict.pth"), /expected the magic number of torch.save, found other bytes$/);
  assertWrong(changed("\x80\x02M", [0xea, 3]), /protocol version: expected 1001, found 1002$/);
  assertWrong(changed("\x80\x02", [0x8a, 9]), /expected the magic number/);
  const flag = good.indexOf(0x88, good.indexOf("little_endian")) - good.indexOf("little_endian") - 13;
  const name = good.toString("latin1", good.indexOf("little_endian"), good.indexOf("little_endian") + 13 + flag);
  assertWrong(changed(name, [0x89]), /little_endian: expected true, found false$/);
  assertWrong(
    holding(Buffer.concat([good, Buffer.alloc(3)])),
    /expected the file to end at byte \d+, found 3 bytes more/,
  );

  // The storage of conv1.weight: eight elements from 0, 1/8, ….
  const elements = Buffer.from(Float32Array.from({ length: 8 }, (_, i) => i / 8).buffer);
  const count = good.indexOf(elements) - 8;
  const copy = Buffer.from(good);
  copy.writeBigInt64LE(7n, count);
  assertWrong(holding(copy), /storage "\d+": expected 8 elements, found 7$/);
  copy.writeBigInt64LE(-1n, count);
  assertWrong(holding(copy), /expected 8 elements, found -1$/);
});

const pickle = (...parts: readonly (string | Buffer)[]) =>
  Buffer.concat(
    ["\x80\x02", ...parts, "."].map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : part)),
  );

/** A text, a small whole number, and a storage's id. */
const text = (value: string) => `X${String.fromCharCode(value.length)}\0\0\0${value}`;
const whole = (value: number) => `K${String.fromCharCode(value)}`;
const storage = (numElements: number, view: string, type = "FloatStorage") =>
  `(${text("storage")}ctorch\n${type}\n${text("a")}${text("cpu")}${whole(numElements)}${view}tQ`;
const tensor = (from: string, offset: number, size: number) =>
  `ctorch._utils\n_rebuild_tensor\n(${from}${whole(offset)}${whole(size)}\x85${whole(1)}\x85tR`;

/** A file of this object, these keys, and a storage of the float32 1, 2, 3, 4. */
function written(object: string, keys = `]${text("a")}a`): string {
  const head = Buffer.from("80028a0a6cfc9c46f9206aa850192e", "hex");
  const facts = pickle(`}${text("little_endian")}\x88s`);
  const count = Buffer.from(BigInt64Array.of(4n).buffer);
  const elements = Buffer.from(Float32Array.of(1, 2, 3, 4).buffer);
  return holding(Buffer.concat([head, pickle("M\xe9\x03"), facts, pickle(object), pickle(keys), count, elements]));
}

test("parts of storages, and keys: one storage each, as large as all say, all in the list once", () => {
  const part = (offset: number, size: number) => `(${text("part")}${whole(offset)}${whole(size)}t`;
  const dict = (...tensors: readonly string[]) => `}(${tensors.map((made, i) => `${text(`w${i}`)}${made}`).join("")}u`;
  const shared = dict(tensor(storage(4, "N"), 0, 4), tensor(storage(4, part(1, 3)), 1, 2));
  assert.deepEqual(read(written(shared)), {
    part: null,
    tensors: [
      ["w0", "float32", [4], [1, 2, 3, 4]],
      ["w1", "float32", [2], [3, 4]],
    ],
  });
  assertWrong(written(dict(tensor(storage(4, part(2, 3)), 0, 1))), /expected a part of a storage of 4 elements/);
  assertWrong(written(dict(tensor(storage(4, part(2, 2)), 0, 3))), /inside its storage of 2 elements, found it to end/);
  assertWrong(written(dict(tensor(storage(4, whole(1)), 0, 1))), /expected a part of a storage of 4 elements/);
  assertWrong(written(dict(tensor(storage(4, ""), 0, 1))), /expected the id of a storage \(pickle, byte \d+\)$/);
  const differing = [storage(4, "N"), storage(4, "N", "IntStorage")].map((id) => tensor(id, 0, 1));
  assertWrong(written(dict(...differing)), /storage "a": expected 4 float32 as before, found 4 int32/);
  assertWrong(
    written(dict(tensor(storage(5, "N"), 0, 1))),
    /storage "a": expected 28 bytes, found 24: the file is cut/,
  );
  assertWrong(written(dict(tensor(storage(3, "N"), 0, 1))), /storage "a": expected 3 elements, found 4$/);
  const one = dict(tensor(storage(4, "N"), 0, 4));
  assertWrong(written(one, "N"), /expected a list of the storages' keys$/);
  assertWrong(written(one, "]"), /expected the keys of 1 storages, found 0$/);
  assertWrong(written(one, `](${text("a")}${text("a")}e`), /each key of a storage once, found "a"$/);
  assertWrong(written(one, `]${text("b")}a`), /each key of a storage once, found "b"$/);
  assertWrong(written(one, "]K\x01a"), /each key of a storage once, found 1$/);
});

test("Python 2's texts and dictionaries are decoded once, and only such", () => {
  const ordered = (items: string) => `ccollections\nOrderedDict\n${items}\x85R`;
  const made = tensor(storage(4, "N"), 0, 1);
  assert.deepEqual(read(written(ordered(`]]U\x01wa${made}aa`))), {
    part: null,
    tensors: [["w", "float32", [1], [1]]],
  });
  assertWrong(written(ordered(`]]U\x01\xffa${made}aa`)), /expected 1 bytes of UTF-8 text/);
  assertWrong(written(ordered(`]${made}a`)), /expected a dictionary's items as pairs/);
  // A hundred dictionaries of one list of a hundred pairs, which takes few bytes to name.
  const pairs = `](${"U\x01wN\x86".repeat(100)}eq\x00`;
  assertWrong(written(`](${pairs}${ordered("h\x00").repeat(100)}e`), /repeats more/);
});

test("pickles of more than a mebibyte, and storages after them", () => {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(2 ** 21);
  const long = `X${length.toString("latin1")}${"x".repeat(2 ** 21)}`;
  const object = `}(${text("log")}${long}${text("w")}${tensor(storage(4, "N"), 0, 2)}u`;
  assert.deepEqual(read(written(object)), { part: null, tensors: [["w", "float32", [2], [1, 2]]] });
});

test("a value that is far larger printed than stored is not printed", () => {
  const bomb = Array.from(
    { length: 40 },
    (_, level) => `q${String.fromCharCode(level)}h${String.fromCharCode(level)}\x86`,
  );
  const head = Buffer.from("80028a0a6cfc9c46f9206aa850192e", "hex");
  assertWrong(holding(Buffer.concat([head, pickle("N", ...bomb)])), /protocol version: expected 1001, found something/);
});

test("thousands of damaged files: elements of tensors or an InputError that names the file", () => {
  for (const name of ["legacy.pth", "legacy_views.pth", "python2.pth"]) {
    const bytes = readFileSync(checkpoint(name));
    const changes = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(changes, fc.option(fc.nat(bytes.length)), (edits, length) => {
        const copy = Buffer.from(bytes.subarray(0, length ?? bytes.length));
        for (const [at, value] of edits) if (at < copy.length) copy[at] = value;
        const path = holding(copy);
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
