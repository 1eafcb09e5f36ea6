import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { type ZipOptions, zipFile } from "../../tests/support/zip.js";
import { InputError } from "../text/errors.js";
import { ZipFile } from "./zip-file.js";

const folder = mkdtempSync(join(tmpdir(), "zip-"));
const path = join(folder, "a.zip");
after(() => rmSync(folder, { recursive: true }));

const ENTRIES = new Map([
  ["a/data.pkl", Uint8Array.of(1, 2, 3)],
  ["a/ü", new Uint8Array(0)],
  ["b", Uint8Array.from({ length: 300 }, (_, index) => index % 256)],
]);

function readAll(bytes: Uint8Array): [string, Uint8Array][] {
  writeFileSync(path, bytes);
  return ZipFile.use(path, (zip) => [...zip.names].map((name) => [name, zip.read(name)]));
}

function assertWrong(bytes: Uint8Array, message: RegExp): void {
  assert.throws(() => readAll(bytes), { name: "InputError", message });
}

const LAYOUTS: [string, ZipOptions][] = [
  ["plain", {}],
  ["with a comment", { comment: "x".repeat(1000) }],
  ["zip64", { zip64: true }],
];

for (const [name, options] of LAYOUTS) {
  test(`a ${name} file's entries come back in order`, () => {
    assert.deepEqual(readAll(zipFile(ENTRIES, options)), [...ENTRIES]);
  });
}

test("the size of an entry is told without reading it, and one that is not there is an error", () => {
  writeFileSync(path, zipFile(ENTRIES));
  ZipFile.use(path, (zip) => {
    assert.deepEqual([zip.sizeBytes("b"), zip.sizeBytes("c")], [300, undefined]);
    assert.throws(() => zip.read("c"), new InputError(`${path}: expected an entry called "c", found none`));
  });
});

test("what is wrong with a file is named", () => {
  const good = zipFile(ENTRIES);
  const twice = zipFile(new Map([...ENTRIES, ["c", Uint8Array.of(1)]]));
  twice.write("b", twice.lastIndexOf("c"));
  assertWrong(Buffer.alloc(0), /expected a zip file's end record, found none/);
  assertWrong(good.subarray(0, good.length - 30), /the file is cut off$/);
  assertWrong(zipFile(ENTRIES, { method: 8 }), /entry "a\/data.pkl": expected it stored, found compression method 8$/);
  assertWrong(zipFile(ENTRIES, { claimedBytes: 2 ** 31 }), /entry "a\/data.pkl": expected it within the file's/);
  assertWrong(zipFile(ENTRIES, { claimedBytes: 2 ** 52, zip64: true }), /expected it within the file's/);
  assertWrong(zipFile(ENTRIES, { claimedBytes: 250 }), /entry "b": expected it within the file's \d+ bytes/);
  assertWrong(twice, /entry "b": expected one of that name, found two/);
  assert.throws(() => ZipFile.use(folder, () => 0), {
    name: "InputError",
    message: /expected a zip file, found something else/,
  });
  assert.throws(() => ZipFile.use(join(folder, "none"), () => 0), {
    name: "InputError",
    message: /found no such file or directory/,
  });
});

test("damaged files give their entries or an InputError that names the file", () => {
  for (const options of [{}, { zip64: true }]) {
    const good = zipFile(ENTRIES, options);
    const change = fc.tuple(fc.nat(good.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), fc.nat(good.length), (changes, length) => {
        const bytes = Buffer.from(good);
        for (const [at, value] of changes) bytes[at] = value;
        for (const damaged of [bytes, good.subarray(0, length)]) {
          try {
            readAll(damaged);
          } catch (error) {
            assert.ok(error instanceof InputError && error.message.startsWith(path), `${error}`);
          }
        }
      }),
      { numRuns: 150 },
    );
  }
});
