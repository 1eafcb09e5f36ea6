import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesText, countText, measuredText, percent, percentText } from "./format.js";

test("fractions are in percent with two digits", () => {
  assert.deepEqual([0, 0.428, 1].map(percent), ["0.00 %", "42.80 %", "100.00 %"]);
  assert.equal(percentText(-0.00125), "-0.13");
  assert.equal(percent(Number.NaN), "NaN %");
});

test("bytes are in kB up to a million, then in MB", () => {
  assert.deepEqual([0, 21_549, 999_999, 1_000_000].map(bytesText), ["0.0 kB", "21.5 kB", "1000.0 kB", "1.00 MB"]);
});

test("counts have their thousands apart", () => {
  assert.deepEqual([7, 45_000, 1_281_167].map(countText), ["7", "45,000", "1,281,167"]);
});

test("a mean has its deviation where there is one", () => {
  assert.equal(measuredText({ mean: 0.595, std: 0.0212 }, percentText), "59.50 ± 2.12");
  assert.equal(measuredText({ mean: 0.595, std: null }, percentText), "59.50");
  assert.equal(measuredText(null, percentText), "–");
});
