import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { findJpegHeader, jpegStamp } from "./jpeg.mjs";

const folder = mkdtempSync(join(tmpdir(), "jpeg-"));
after(() => rmSync(folder, { recursive: true }));

test("the header is found in the first folder that has it, and its stamp tells it from another", () => {
  const folders = ["none", "first", "second"].map((name) => join(folder, name));
  assert.equal(findJpegHeader(folders), undefined);
  assert.equal(jpegStamp(folders), null);
  for (const [index, path] of folders.slice(1).entries()) {
    mkdirSync(path);
    writeFileSync(join(path, "jpeglib.h"), "x".repeat(index + 1));
  }
  assert.equal(findJpegHeader(folders), join(folder, "first", "jpeglib.h"));
  assert.notDeepEqual(jpegStamp(folders), jpegStamp(folders.slice(2)));
});
