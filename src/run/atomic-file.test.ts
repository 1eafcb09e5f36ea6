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
  const taken = join(folder, "taken");
  mkdirSync(taken);
  assert.throws(() => writeFileAtomic(taken, []), { name: "InputError", message: /found EISDIR/ });
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.endsWith(".tmp")),
    [],
  );
});
