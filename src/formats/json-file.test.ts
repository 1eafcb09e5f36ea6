import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { InputError } from "../text/errors.js";
import { readJsonFile } from "./json-file.js";

const folder = mkdtempSync(join(tmpdir(), "json-file-"));
after(() => rmSync(folder, { recursive: true }));

test("a JSON file is read, with or without a byte order mark", () => {
  assert.deepEqual(readJsonFile(write("plain.json", '{"é": [1]}\n')), { é: [1] });
  assert.deepEqual(readJsonFile(write("bom.json", "\uFEFF[1]")), [1]);
});

test("a file of several pieces is read whole", () => {
  const list = Array.from({ length: 50_000 }, (_, index) => index);
  assert.deepEqual(readJsonFile(write("long.json", JSON.stringify(list))), list);
});

test("a missing file, a directory, a file in no directory are named", () => {
  const missing = join(folder, "missing.json");
  rejects(missing, `${missing}: expected a JSON file, found no such file or directory`);
  rejects(folder, `${folder}: expected a JSON file, found a directory`);
  const inFile = join(write("file.json", "1"), "x.json");
  rejects(inFile, `${inFile}: expected a JSON file, found not a directory`);
  rejects("", '"": expected a JSON file, found no such file or directory');
});

test("a file without read permission is named", { skip: process.getuid?.() === 0 && "root reads everything" }, () => {
  const path = write("secret.json", "1");
  chmodSync(path, 0);
  rejects(path, `${path}: expected a JSON file, found permission denied`);
});

test("16 MiB are read, one byte more is not", () => {
  const maxBytes = 16 * 1024 * 1024;
  assert.equal(readJsonFile(write("full.json", "1".padStart(maxBytes))), 1);
  const path = write("over.json", "1".padStart(maxBytes + 1));
  rejects(path, `${path}: expected a JSON file, found more than 16 MiB`);
  rejects("/dev/zero", "/dev/zero: expected a JSON file, found more than 16 MiB");
});

test("bytes that are not UTF-8 are named", () => {
  const path = write("latin1.json", Buffer.from([0x22, 0xe9, 0x22]));
  rejects(path, `${path}: expected a JSON file, found bytes that are not UTF-8`);
});

test("an empty or truncated file and a key given twice are named with their place", () => {
  const empty = write("empty.json", "");
  rejects(empty, `${empty}: line 1, column 1: expected a JSON value, found the end of the text`);
  const cut = write("cut.json", '\uFEFF{\n  "epochs": ');
  rejects(cut, `${cut}: line 2, column 13: expected a JSON value, found the end of the text`);
  const twice = write("twice.json", '{"epochs": 1,\n"epochs": 2}');
  rejects(twice, `${twice}: line 2, column 1: key "epochs": expected once in an object, found twice`);
});

test("a path with a line break or a NUL byte still gives one line", () => {
  rejects("no\nsuch.json", "no\\nsuch.json: expected a JSON file, found no such file or directory");
  rejects("no\0.json", "no\\u0000.json: expected a JSON file, found ERR_INVALID_ARG_VALUE");
  mkdirSync(join(folder, "a\nb"));
  const path = write("a\nb/x.json", "[");
  assert.throws(() => readJsonFile(path), { name: "InputError", message: /^[^\n]*a\\nb\/x\.json: line 1, [^\n]*$/ });
});

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function rejects(path: string, message: string): void {
  assert.throws(() => readJsonFile(path), new InputError(message));
}
