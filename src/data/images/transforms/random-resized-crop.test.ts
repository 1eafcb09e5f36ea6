import assert from "node:assert/strict";
import { test } from "node:test";
import { randomStream } from "../../prng.js";
import { memorySource } from "../memory-source.js";
import { drawCrop, type RandomResizedCrop, randomResizedCrop } from "./random-resized-crop.js";

const standard: RandomResizedCrop = {
  name: "RandomResizedCrop",
  size: { height: 4, width: 6 },
  scale: [0.08, 1],
  ratio: [3 / 4, 4 / 3],
  interpolation: "bilinear",
};

test("crops lie inside, areas and ratios within the limits and spread over them", () => {
  const image = { height: 300, width: 400 };
  const areas: number[] = [];
  const logs: number[] = [];
  for (let draw = 0; draw < 3000; draw++) {
    const { x, y, width, height } = drawCrop(image, standard, randomStream(draw));
    assert.ok(x >= 0 && y >= 0 && x + width <= 400 && y + height <= 300);
    areas.push((width * height) / (300 * 400));
    logs.push(Math.log(width / height));
  }
  const mean = (all: number[]) => all.reduce((sum, one) => sum + one, 0) / all.length;
  assert.ok(Math.min(...areas) > 0.078 && Math.max(...areas) > 0.95);
  // Large crops fit more rarely, so the mean is below 0.54: torchvision's is 0.436 in 6000 draws, and that of the
  // logarithms, in an image wider than high, 0.033.
  assert.ok(Math.abs(mean(areas) - 0.436) < 0.015, `${mean(areas)}`);
  assert.ok(Math.abs(mean(logs) - 0.033) < 0.01, `${mean(logs)}`);
  assert.ok(Math.min(...logs) > Math.log(0.74) && Math.max(...logs) < Math.log(1.35));
});

test("a crop that always fits has a uniform area and a uniform logarithm of its ratio", () => {
  const crop: RandomResizedCrop = { ...standard, scale: [0.1, 0.3], ratio: [0.5, 2] };
  const draws = Array.from({ length: 4000 }, (_, i) =>
    drawCrop({ height: 1000, width: 1000 }, crop, randomStream(7, i)),
  );
  const share = (count: number) => count / draws.length;
  assert.ok(Math.abs(share(draws.filter(({ width, height }) => width * height < 200_000).length) - 0.5) < 0.03);
  assert.ok(Math.abs(share(draws.filter(({ width, height }) => width < height).length) - 0.5) < 0.03);
  assert.ok(Math.abs(share(draws.filter(({ width, height }) => width / height > Math.SQRT2).length) - 0.25) < 0.03);
});

test("after ten draws that do not fit: the middle, as much of it as the ratios allow", () => {
  const random = randomStream(1);
  const most: RandomResizedCrop = { ...standard, scale: [0.9, 1] };
  assert.deepEqual(drawCrop({ height: 100, width: 10 }, most, random), { x: 0, y: 43, width: 10, height: 13 });
  assert.deepEqual(drawCrop({ height: 10, width: 100 }, most, random), { x: 43, y: 0, width: 13, height: 10 });
  const never = { ...standard, scale: [3, 3] } as const;
  assert.deepEqual(drawCrop({ height: 30, width: 31 }, never, random), { x: 0, y: 0, width: 31, height: 30 });
});

test("one pixel is cropped to itself", () => {
  assert.deepEqual(drawCrop({ height: 1, width: 1 }, standard, randomStream(3)), { x: 0, y: 0, width: 1, height: 1 });
});

test("the crop is resized to the requested size", async () => {
  const image = memorySource(new Uint8Array(50 * 40).fill(77), 1, 50, 40);
  const view = randomResizedCrop.apply(image, standard, randomStream(5));
  assert.deepEqual([view.height, view.width], [4, 6]);
  const { data } = await view.region({ x: 0, y: 0, width: 6, height: 4 }, 6, 4);
  for (const pixel of data) assert.equal(pixel & 0xffffff, 0x4d4d4d);
});
