import assert from "node:assert/strict";
import { test } from "node:test";
import { type Resize, resizedSize } from "./resize.js";
import { roundHalfEven } from "./size.js";

const resize = (size: Resize["size"], maxSize: number | null = null): Resize => {
  return { name: "Resize", size, interpolation: "bilinear", maxSize };
};

test("the shorter side becomes the size, the longer one follows truncated", () => {
  assert.deepEqual(resizedSize(resize(256), { height: 375, width: 500 }), { height: 256, width: 341 });
  assert.deepEqual(resizedSize(resize(256), { height: 500, width: 375 }), { height: 341, width: 256 });
  assert.deepEqual(resizedSize(resize(7), { height: 9, width: 9 }), { height: 7, width: 7 });
  assert.deepEqual(resizedSize(resize({ height: 3, width: 8 }), { height: 9, width: 9 }), { height: 3, width: 8 });
});

test("max_size holds the longer side and shortens the other", () => {
  assert.deepEqual(resizedSize(resize(256, 300), { height: 375, width: 500 }), { height: 225, width: 300 });
  assert.deepEqual(resizedSize(resize(256, 400), { height: 375, width: 500 }), { height: 256, width: 341 });
  assert.throws(() => resizedSize(resize(2, 3), { height: 1, width: 5000 }), {
    name: "InputError",
    message: "Resize: expected images that keep at least one pixel per side, found one of 1 × 5000 (height × width)",
  });
});

test("halves are rounded to the even integer", () => {
  const values = [0.5, 1.5, 2.5, -0.5, -1.5, 0.4999, 2.51, 3];
  assert.deepEqual(
    values.map(roundHalfEven).map((value) => value + 0),
    [0, 2, 2, 0, -2, 0, 3, 3],
  );
});
