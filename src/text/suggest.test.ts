import assert from "node:assert/strict";
import { test } from "node:test";
import { didYouMean, suggest } from "./suggest.js";

const keys = ["init_lr", "batch_size", "epochs", "temp"];

test("a typing mistake finds the key that was meant", () => {
  assert.equal(suggest("epoch", keys), "epochs");
  assert.equal(suggest("int_lr", keys), "init_lr");
  assert.equal(suggest("batchSize", keys), "batch_size");
  assert.equal(suggest("tmp", keys), "temp");
});

test("letter case does not count", () => {
  assert.equal(suggest("EPOCHS", keys), "epochs");
});

test("a word that is far from all finds none", () => {
  assert.equal(suggest("learning_rate", keys), undefined);
  assert.equal(suggest("lr", keys), undefined);
  assert.equal(suggest("", keys), undefined);
  assert.equal(suggest("epochs", []), undefined);
});

test("the first of equally near candidates wins", () => {
  assert.equal(suggest("po2-5b", ["po2-2b", "po2-3b"]), "po2-2b");
});

test("a very long word is dismissed without being compared", () => {
  assert.equal(suggest("x".repeat(10_000_000), keys), undefined);
});

test("the end of a message names the suggestion, or is empty", () => {
  assert.equal(didYouMean("epoch", keys), '; did you mean "epochs"?');
  assert.equal(didYouMean("verbosity", keys), "");
});
