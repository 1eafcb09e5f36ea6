import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { findHeader, HEADERS, headerStamps } from "./headers.mjs";

const folder = mkdtempSync(join(tmpdir(), "headers-"));
after(() => rmSync(folder, { recursive: true }));

for (const { file } of HEADERS) {
  test(`${file} is found in the first folder that has it, and its stamp tells it from another`, () => {
    const folders = ["none", "first", "second"].map((name) => join(folder, name));
    const stamp = (where) => headerStamps(where)[HEADERS.findIndex((header) => header.file === file)];
    assert.equal(findHeader(file, folders), undefined);
    assert.equal(stamp(folders), null);
    for (const [index, path] of folders.slice(1).entries()) {
      mkdirSync(dirname(join(path, file)), { recursive: true });
      writeFileSync(join(path, file), "x".repeat(index + 1));
    }
    assert.equal(findHeader(file, folders), join(folder, "first", file));
    assert.notDeepEqual(stamp(folders), stamp(folders.slice(2)));
  });

  test(`CMake looks for ${file} too`, () => {
    const cmake = readFileSync(fileURLToPath(new URL("../../CMakeLists.txt", import.meta.url)), "utf8");
    assert.ok(cmake.includes(`_INCLUDE ${file})`));
  });
}
