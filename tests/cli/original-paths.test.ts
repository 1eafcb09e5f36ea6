import assert from "node:assert/strict";
import { test } from "node:test";
import { weightSearch } from "../support/command.js";

test("a command of the original's README finds the built-in files and says so", () => {
  const { code, stderr } = weightSearch([
    ...["train", "-a", "resnet20", "-d", "synthetic", "--training-json", "json/trianing/resnet20-200.json"],
    ...["--quant-json", "./json/qiantization/1b.json", "--quantize-network"],
    ...["--batch-size", "4", "--epochs", "1", "--limit-batches", "1", "--threads", "1", "--no-save"],
  ]);
  assert.equal(
    stderr,
    "note: json/trianing/resnet20-200.json is not there: using the built-in json/training/resnet20-200.json\n" +
      "note: ./json/qiantization/1b.json is not there: using the built-in json/quantization/1b.json\n",
  );
  assert.equal(code, 0);
});
