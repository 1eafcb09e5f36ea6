import assert from "node:assert/strict";
import { test } from "node:test";
import { optionError } from "./named-flags.js";

test("arguments in backticks become flags, the first one an option", () => {
  assert.equal(optionError("`path`: expected a folder, found none"), "option -p/--path: expected a folder, found none");
  assert.equal(optionError("`bnCalibration`: x, as `stage` is 1"), "option --bn-calibration: x, as --active-bit is 1");
});

test("what is no argument's name stays as it is", () => {
  for (const message of ['a.json: key "k"', "`A`: x", "`two words` and ``"]) {
    assert.equal(optionError(message).replace(/^option /, ""), message);
  }
});
