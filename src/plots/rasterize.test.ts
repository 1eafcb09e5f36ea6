import assert from "node:assert/strict";
import { test } from "node:test";
import sharp from "sharp";
import { rasterized } from "./rasterize.js";

const SVG =
  '<svg xmlns="http://www.w3.org/2000/svg" width="96" height="43"><style>rect { fill: #ffffff; } ' +
  '@media (prefers-color-scheme: dark) { rect { fill: #000000; } }</style><rect width="96" height="43"/></svg>';

test("a PNG has `scale` pixels for one of the SVG's", async () => {
  for (const scale of [0.5, 1, 2, 3]) {
    const { format, width, height } = await sharp(await rasterized(SVG, scale, "a.png")).metadata();
    assert.deepEqual([format, width, height], ["png", 96 * scale, Math.ceil(43 * scale)]);
  }
});

test("a PNG is light unless told otherwise", async () => {
  const { channels } = await sharp(await rasterized(SVG, 1, "a.png")).stats();
  assert.equal(channels[0]?.min, 255);
});
