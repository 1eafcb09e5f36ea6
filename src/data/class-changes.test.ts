import assert from "node:assert/strict";
import { test } from "node:test";
import { classChanges } from "./class-changes.js";

test("classes that were added, removed, renamed or moved to other labels are named", () => {
  assert.equal(classChanges(["a", "b"], ["a", "b"]), null);
  assert.equal(classChanges(["a", "b"], ["a", "b", "c"]), "added: c");
  assert.equal(classChanges(["a", "b"], ["b"]), "removed: a");
  assert.equal(classChanges(["cat", "dog"], ["dog", "kitten"]), "added: kitten; removed: cat");
  assert.equal(classChanges(["a", "b", "c"], ["a", "c", "b"]), "another order: label 1 was b and is c");
  assert.equal(classChanges([], [..."abcdefg"]), "added: a, b, c, d, e and 2 more");
});
