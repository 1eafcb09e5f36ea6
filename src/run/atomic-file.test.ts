import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { writeFileAtomic } from "./atomic-file.js";

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
    message: `${missing}: expected a place that can be written, found ENOENT (no such file or directory)`,
  });
  const inFile = join(folder, "a", "a");
  assert.throws(() => writeFileAtomic(inFile, []), { name: "InputError", message: /a: expected .*found ENOTDIR/ });
  const long = join(folder, "x".repeat(300));
  assert.throws(() => writeFileAtomic(long, []), { name: "InputError", message: /x: expected .*found ENAMETOOLONG/ });
  const taken = join(folder, "taken");
  mkdirSync(taken);
  assert.throws(() => writeFileAtomic(taken, []), { name: "InputError", message: /found EISDIR/ });
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
