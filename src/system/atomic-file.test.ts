import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { removeTemporaries, writeFileAtomic } from "./atomic-file.js";

const folder = mkdtempSync(join(tmpdir(), "atomic-"));
after(() => rmSync(folder, { recursive: true }));

test("the chunks are written one after the other, over what was there", () => {
  const path = join(folder, "a");
  writeFileAtomic(path, [Buffer.from("a longer text")]);
  writeFileAtomic(path, [Buffer.from("ab"), Buffer.from(""), Buffer.from("c")]);
  assert.equal(readFileSync(path, "utf8"), "abc");
});

test("a failure half-way keeps the old file and removes the temporary", () => {
  const path = join(folder, "b");
  writeFileAtomic(path, [Buffer.from("old")]);
  function* failing(): Generator<Uint8Array> {
    yield Buffer.from("half");
    throw new Error("no more");
  }
  assert.throws(() => writeFileAtomic(path, failing()), { name: "Error", message: "no more" });
  assert.equal(readFileSync(path, "utf8"), "old");
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.endsWith(".tmp")),
    [],
  );
});

test("a place that cannot be written is an InputError that names it", () => {
  const missing = join(folder, "none", "a");
  assert.throws(() => writeFileAtomic(missing, []), {
    name: "InputError",
    message: `${missing}: expected a place that can be written, found no such file or directory`,
  });
  const inFile = join(folder, "a", "a");
  assert.throws(() => writeFileAtomic(inFile, []), {
    name: "InputError",
    message: /a: expected .*found not a directory/,
  });
  const long = join(folder, "x".repeat(300));
  assert.throws(() => writeFileAtomic(long, []), { name: "InputError", message: /x: expected .*found name too long/ });
  const taken = join(folder, "taken");
  mkdirSync(taken);
  assert.throws(() => writeFileAtomic(taken, []), {
    name: "InputError",
    message: /found illegal operation on a directory/,
  });
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.endsWith(".tmp")),
    [],
  );
});

test("the longest name that a file may have can be written", () => {
  for (const name of ["y".repeat(255), "é".repeat(127)]) {
    writeFileAtomic(join(folder, name), [Buffer.from("whole")]);
    assert.equal(readFileSync(join(folder, name), "utf8"), "whole");
  }
});

test("what killed writers left is removed, and nothing else", () => {
  const place = join(folder, "left");
  mkdirSync(place);
  function* killed(): Generator<Uint8Array> {
    yield Buffer.from("half");
    const [name] = readdirSync(place);
    // As a copy that no process removes.
    writeFileSync(join(place, String(name).replace(/\d+-/, "1-")), "half");
  }
  writeFileAtomic(join(place, "model.safetensors"), killed());
  const others = [".hidden", "a.tmp", ".a.tmp", ".a.12-0123abcd.tmp.txt"];
  for (const name of others) writeFileSync(join(place, name), "");
  assert.equal(readdirSync(place).length, 2 + others.length);
  removeTemporaries(place);
  assert.deepEqual(readdirSync(place).sort(), [...others, "model.safetensors"].sort());
});

test("what cannot be removed is an InputError that names it", { skip: process.getuid?.() === 0 && "root may" }, () => {
  const place = join(folder, "read-only");
  mkdirSync(place);
  writeFileSync(join(place, ".a.12-0123abcd.tmp"), "");
  chmodSync(place, 0o500);
  assert.throws(() => removeTemporaries(place), { name: "InputError", message: new RegExp(`^${place}: expected`) });
  chmodSync(place, 0o700);
});

test("a folder that cannot be listed is an InputError that names it", () => {
  const none = join(folder, "nowhere");
  assert.throws(() => removeTemporaries(none), {
    name: "InputError",
    message: new RegExp(`^${none}: expected .*no such file or directory`),
  });
});
