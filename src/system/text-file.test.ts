import assert from "node:assert/strict";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { readTextFile } from "./text-file.js";

const folder = mkdtempSync(join(tmpdir(), "text-file-"));
after(() => rmSync(folder, { recursive: true }));

test("a file is read as UTF-8", () => {
  const path = join(folder, "text");
  writeFileSync(path, "a\né\n");
  assert.equal(readTextFile(path, "a text file"), "a\né\n");
  writeFileSync(path, "");
  assert.equal(readTextFile(path, "a text file"), "");
});

test("what never ends, a folder and nothing at all are refused by name", () => {
  const error = (message: RegExp) => ({ name: "InputError", message });
  assert.throws(
    () => readTextFile("/dev/zero", "a text file"),
    error(/^\/dev\/zero: expected a text file, found some/),
  );
  assert.throws(() => readTextFile(folder, "a text file"), error(/: expected a text file, found something else$/));
  assert.throws(() => readTextFile(join(folder, "none"), "a text file"), error(/found no such file or directory/));
});

test("a file that is too long is refused before it is read", () => {
  const path = join(folder, "long");
  writeFileSync(path, "");
  truncateSync(path, 2 ** 26 + 1);
  assert.throws(() => readTextFile(path, "a text file"), {
    name: "InputError",
    message: /expected a text file of at most 67108864 bytes, found 67108865$/,
  });
});
