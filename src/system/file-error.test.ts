import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { checkFolder } from "./file-error.js";

const folder = mkdtempSync(join(tmpdir(), "file-error-"));
after(() => rmSync(folder, { recursive: true }));

const skip = process.getuid?.() === 0 && "root may look into any folder";

test("a folder that may not be looked into is told from an empty one", { skip }, () => {
  checkFolder(folder, "a folder");
  chmodSync(folder, 0);
  assert.throws(() => checkFolder(folder, "a folder"), {
    name: "InputError",
    message: /expected a folder, found permission denied/,
  });
  chmodSync(folder, 0o700);
});

test("a folder that is not there is an error", () => {
  checkFolder(folder, "a folder");
  assert.throws(() => checkFolder(join(folder, "none"), "a folder"), {
    name: "InputError",
    message: /found no such file or directory/,
  });
});
