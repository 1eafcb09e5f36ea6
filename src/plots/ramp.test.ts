import assert from "node:assert/strict";
import { test } from "node:test";
import { ramp, valueColours } from "./ramp.js";
import { DARK, LIGHT } from "./theme.js";

test("a ramp goes evenly through its stops", () => {
  assert.deepEqual(ramp(["#000000", "#ff0000", "#ff00ff"], 5), ["#000000", "#800000", "#ff0000", "#ff0080", "#ff00ff"]);
  assert.deepEqual(ramp(["#000000", "#ffffff"], 1), ["#ffffff"]);
  assert.deepEqual(ramp(["#000000", "#ffffff"], 0), []);
});

test("values have a hue for their sign, stronger further from 0", () => {
  const set = { below: ["#000001", "#000003"], zero: "#777777", above: ["#010000", "#030000"] };
  const colours = valueColours([-4, -2, -1, 0, 0.5], set);
  assert.deepEqual(colours, ["#000003", "#000002", "#000001", "#777777", "#030000"]);
});

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const c = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

for (const [name, palette] of Object.entries({ light: LIGHT, dark: DARK })) {
  test(`${name}: layers stand out from the background, each more than the one before, also without colours`, () => {
    const ground = luminance(palette.background);
    const contrasts = ramp(palette.layers, 53).map((colour) => {
      const [less = 0, more = 0] = [luminance(colour), ground].sort((a, b) => a - b);
      return (more + 0.05) / (less + 0.05);
    });
    assert.ok((contrasts[0] ?? 0) >= 3);
    assert.deepEqual(
      contrasts,
      [...contrasts].sort((a, b) => a - b),
    );
  });
}
