import assert from "node:assert/strict";
import { test } from "node:test";
import { randomStream } from "../../prng.js";
import { type RandomErasing, randomErasing } from "./random-erasing.js";

const SIZE = { height: 40, width: 60 };
const always: RandomErasing = { name: "RandomErasing", p: 1, scale: [0.02, 0.33], ratio: [0.3, 3.3], value: [0, 0, 0] };

function erase(erasing: RandomErasing, index: number, size = SIZE, normalized = (value: number) => value) {
  return randomErasing.erase(erasing, { size, normalized }, randomStream(4, index));
}

test("area, aspect ratio and place are within their ranges, and spread over them", () => {
  const areas: number[] = [];
  const ratios: number[] = [];
  const corners = new Set<string>();
  for (let index = 0; index < 500; index++) {
    const erasure = erase(always, index);
    if (erasure === null) continue;
    const { top, left, bottom, right } = erasure;
    assert.ok(top >= 0 && left >= 0 && bottom <= SIZE.height && right <= SIZE.width);
    assert.ok(bottom - top < SIZE.height && right - left < SIZE.width);
    areas.push(((bottom - top) * (right - left)) / (SIZE.height * SIZE.width));
    ratios.push((bottom - top) / (right - left));
    corners.add(`${top},${left}`);
  }
  assert.ok(areas.length > 480 && corners.size > 300);
  // Sides are whole pixels, so that areas and ratios of small rectangles may be a little outside.
  assert.ok(Math.min(...areas) > 0.015 && Math.max(...areas) < 0.35);
  assert.ok(Math.min(...areas) < 0.03 && Math.max(...areas) > 0.3);
  assert.ok(Math.min(...ratios) > 0.25 && Math.max(...ratios) < 4);
  assert.ok(Math.min(...ratios) < 0.4 && Math.max(...ratios) > 2);
});

test("a sample is erased with the probability given", () => {
  for (const p of [0, 0.3, 1]) {
    const erased = Array.from({ length: 400 }, (_, index) => erase({ ...always, p, scale: [0.1, 0.1] }, index));
    const fraction = erased.filter((each) => each !== null).length / 400;
    assert.ok(Math.abs(fraction - p) < 0.07, `${p}: ${fraction}`);
    if (p === 0 || p === 1) assert.equal(fraction, p);
  }
});

test("where no rectangle fits, nothing is erased", () => {
  assert.equal(erase({ ...always, scale: [1, 1], ratio: [1, 1] }, 0, { height: 8, width: 8 }), null);
  assert.equal(erase(always, 0, { height: 1, width: 1 }), null);
});

test("what is written is a value of each channel, as it is after normalization", () => {
  const normalized = (value: number, channel = 0) => (value - 0.5) / (channel + 1);
  const sample = { size: SIZE, normalized };
  const erasing = { ...always, value: [0.25, 0.5, 1] } as const;
  assert.deepEqual(randomErasing.erase(erasing, sample, randomStream(4, 1))?.fill, [-0.25, 0, 0.5 / 3]);
});

test("or standard normal numbers, one for each element", () => {
  const erasure = erase({ ...always, value: "random", scale: [0.3, 0.3] }, 2);
  assert.ok(erasure?.fill instanceof Float32Array);
  const { top, left, bottom, right, fill } = erasure;
  assert.equal(fill.length, 3 * (bottom - top) * (right - left));
  const mean = fill.reduce((sum, value) => sum + value, 0) / fill.length;
  const variance = fill.reduce((sum, value) => sum + (value - mean) ** 2, 0) / fill.length;
  assert.ok(Math.abs(mean) < 0.1 && Math.abs(variance - 1) < 0.15, `${mean} ${variance}`);
  const halved = erase({ ...always, value: "random", scale: [0.3, 0.3] }, 2, SIZE, (value) => value / 2);
  assert.deepEqual(
    halved?.fill,
    fill.map((value) => value / 2),
  );
});
