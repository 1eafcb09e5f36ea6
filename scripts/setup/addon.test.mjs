import assert from "node:assert/strict";
import { test } from "node:test";
import { isUpToDate } from "./addon.mjs";

const wanted = { toolchain: "g++ 12", sources: "abc", warningsAreErrors: false };

test("an addon of other sources, of another toolchain or half built is built again", () => {
  assert.ok(isUpToDate(wanted, wanted));
  for (const built of [undefined, { toolchain: "g++ 12" }, { ...wanted, sources: "abd" }, { ...wanted, toolchain: "" }])
    assert.ok(!isUpToDate(built, wanted));
});

test("an addon that was built without warnings as errors is built again in CI, and one with them serves elsewhere", () => {
  const strict = { ...wanted, warningsAreErrors: true };
  assert.ok(!isUpToDate(wanted, strict));
  assert.ok(isUpToDate(strict, wanted));
});
