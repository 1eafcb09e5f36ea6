import assert from "node:assert/strict";
import { test } from "node:test";
import { matchNames } from "./match-names.js";

const NAMES = new Set(["conv1.weight", "bn1.bias", "fc.weight", "fc.alpha", "fc.bias"]);

/** [network's name, file's name] of a file with these names. */
function matched(...fileNames: string[]): [string, string][] {
  return [...matchNames(NAMES, fileNames, "fc")];
}

test("equal names match, others do not", () => {
  assert.deepEqual(matched("conv1.weight", "conv2.weight", "fc.bias", "xmodule.bn1.bias"), [
    ["conv1.weight", "conv1.weight"],
    ["fc.bias", "fc.bias"],
  ]);
});

for (const prefix of ["module.", "model.", "_orig_mod.", "_orig_mod.module.", "model.model."]) {
  test(`the prefix ${prefix} is taken off`, () => {
    assert.deepEqual(matched(`${prefix}conv1.weight`, `${prefix}bn1.bias`), [
      ["conv1.weight", `${prefix}conv1.weight`],
      ["bn1.bias", `${prefix}bn1.bias`],
    ]);
  });
}

test("a prefix that the network has itself stays on", () => {
  const names = new Set(["model.conv1.weight"]);
  assert.deepEqual(
    [...matchNames(names, ["model.conv1.weight"], undefined)],
    [["model.conv1.weight", "model.conv1.weight"]],
  );
  assert.deepEqual(
    [...matchNames(names, ["module.model.conv1.weight"], undefined)],
    [["model.conv1.weight", "module.model.conv1.weight"]],
  );
});

test("a name goes to the equal one, else to the first that fits", () => {
  assert.deepEqual(matched("module.conv1.weight", "conv1.weight"), [["conv1.weight", "conv1.weight"]]);
  assert.deepEqual(matched("module.conv1.weight", "model.conv1.weight"), [["conv1.weight", "module.conv1.weight"]]);
});

test("the classifier may be called otherwise, where the file has one", () => {
  for (const head of ["linear", "classifier", "head", "module.linear"]) {
    assert.deepEqual(matched("conv1.weight", `${head}.weight`, `${head}.bias`), [
      ["conv1.weight", "conv1.weight"],
      ["fc.weight", `${head}.weight`],
      ["fc.bias", `${head}.bias`],
    ]);
  }
  assert.deepEqual(matched("linear.alpha"), [["fc.alpha", "linear.alpha"]]);
  assert.deepEqual(matched("linear.weight", "fc.bias"), [["fc.bias", "fc.bias"]]);
  assert.deepEqual(matched("linear.weight", "classifier.weight"), []);
  assert.deepEqual(matched("layer1.linear.weight"), []);
});

test("the network may call its classifier anything, a file only what is usual", () => {
  const names = new Set(["stem.weight", "out.weight", "out.bias"]);
  for (const head of ["linear", "fc", "classifier", "module.head"]) {
    assert.deepEqual(matchNames(names, [`${head}.weight`], "out"), new Map([["out.weight", `${head}.weight`]]));
  }
  assert.deepEqual(matchNames(names, ["top.weight"], "out"), new Map());
  assert.deepEqual(matchNames(names, ["fc.weight"], undefined), new Map());
});
