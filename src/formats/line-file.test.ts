import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { appendLine, readLines } from "./line-file.js";

const folder = mkdtempSync(join(tmpdir(), "lines-"));
const path = join(folder, "lines");
after(() => rmSync(folder, { recursive: true }));

test("the header is written once, before the first line", () => {
  appendLine(path, "1", "header");
  appendLine(path, "2", "header");
  assert.equal(readFileSync(path, "utf8"), "header\n1\n2\n");
});

test("a torn last line is not read, and the next append takes its place", () => {
  for (const torn of ["x", "x".repeat(10_000)]) {
    writeFileSync(path, `1\r\n2\n${torn}`);
    assert.deepEqual(readLines(path), ["1", "2"]);
    appendLine(path, "3");
    assert.equal(readFileSync(path, "utf8"), "1\r\n2\n3\n");
    writeFileSync(path, torn);
    appendLine(path, "1", "header");
    assert.equal(readFileSync(path, "utf8"), "header\n1\n");
  }
});

test("what has no end, or is larger than any run's file, is refused", () => {
  const message = /expected a text file of at most 67108864 bytes, found 67108865/;
  if (existsSync("/dev/zero")) {
    assert.throws(() => readLines("/dev/zero"), {
      name: "InputError",
      message: /expected a text file, found something else/,
    });
  }
  writeFileSync(path, "");
  truncateSync(path, 2 ** 26);
  assert.deepEqual(readLines(path), []);
  truncateSync(path, 2 ** 26 + 1);
  assert.throws(() => readLines(path), { name: "InputError", message });
});

test("a file that cannot be read or appended to is an InputError", () => {
  assert.throws(() => readLines(join(folder, "none")), {
    name: "InputError",
    message: /none: .*found no such file or directory/,
  });
  assert.throws(() => appendLine(folder, "1"), {
    name: "InputError",
    message: /found illegal operation on a directory/,
  });
});
