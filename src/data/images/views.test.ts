import assert from "node:assert/strict";
import { test } from "node:test";
import type { ImageSource } from "./image-source.js";
import { wholeRegion } from "./image-source.js";
import { memorySource } from "./memory-source.js";
import type { Box } from "./pixels.js";
import { interpolations } from "./resample.js";
import { croppedView, mirroredView, type PaddingMode, paddedView, resizedView } from "./views.js";

/** An image whose pixels are numbered, and the boxes that were looked at. */
function numbered(width: number, height: number): ImageSource & { looked: Box[] } {
  const looked: Box[] = [];
  return {
    width,
    height,
    looked,
    region(box) {
      looked.push(box);
      const data = Uint32Array.from({ length: box.width * box.height }, (_, i) => {
        return (box.y + Math.floor(i / box.width)) * width + box.x + (i % box.width);
      });
      return wholeRegion({ width: box.width, height: box.height, data });
    },
  };
}

async function rows(
  view: ImageSource,
  box = { x: 0, y: 0, width: view.width, height: view.height },
): Promise<number[][]> {
  const { width, height, data } = await view.region(box, box.width, box.height);
  return Array.from({ length: height }, (_, y) => [...data.subarray(y * width, (y + 1) * width)]);
}

test("a crop looks at no more than itself", async () => {
  const image = numbered(10, 8);
  const crop = croppedView(image, { x: 3, y: 2, width: 4, height: 5 });
  assert.deepEqual(await rows(crop, { x: 1, y: 1, width: 2, height: 2 }), [
    [34, 35],
    [44, 45],
  ]);
  assert.deepEqual(image.looked, [{ x: 4, y: 3, width: 2, height: 2 }]);
});

test("a mirrored image, whole and a part", async () => {
  const mirrored = mirroredView(numbered(3, 2));
  assert.deepEqual(await rows(mirrored), [
    [2, 1, 0],
    [5, 4, 3],
  ]);
  assert.deepEqual(await rows(mirrored, { x: 0, y: 1, width: 2, height: 1 }), [[5, 4]]);
});

test("padding of each mode, as NumPy's pad", async () => {
  const padding = { left: 3, top: 0, right: 2, bottom: 1 };
  // numpy.pad(numpy.arange(6).reshape(2, 3), ((0, 1), (3, 2)), mode)
  const expected: Record<PaddingMode, number[][]> = {
    constant: [
      [9, 9, 9, 0, 1, 2, 9, 9],
      [9, 9, 9, 3, 4, 5, 9, 9],
      [9, 9, 9, 9, 9, 9, 9, 9],
    ],
    edge: [
      [0, 0, 0, 0, 1, 2, 2, 2],
      [3, 3, 3, 3, 4, 5, 5, 5],
      [3, 3, 3, 3, 4, 5, 5, 5],
    ],
    reflect: [
      [1, 2, 1, 0, 1, 2, 1, 0],
      [4, 5, 4, 3, 4, 5, 4, 3],
      [1, 2, 1, 0, 1, 2, 1, 0],
    ],
    symmetric: [
      [2, 1, 0, 0, 1, 2, 2, 1],
      [5, 4, 3, 3, 4, 5, 5, 4],
      [5, 4, 3, 3, 4, 5, 5, 4],
    ],
  };
  for (const [mode, all] of Object.entries(expected)) {
    const view = paddedView(numbered(3, 2), padding, mode as PaddingMode, 9);
    assert.deepEqual(await rows(view), all, mode);
    const part = { x: 2, y: 1, width: 5, height: 2 };
    assert.deepEqual(
      await rows(view, part),
      all.slice(1).map((row) => row.slice(2, 7)),
      mode,
    );
  }
});

test("padding wider than the image repeats its pattern, and that of one pixel repeats the pixel", async () => {
  const around = { left: 5, top: 0, right: 5, bottom: 0 };
  assert.deepEqual(await rows(paddedView(numbered(2, 1), around, "reflect", 9)), [
    [1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0],
  ]);
  assert.deepEqual(await rows(paddedView(numbered(1, 1), around, "reflect", 9)), [Array<number>(11).fill(0)]);
  assert.deepEqual(await rows(paddedView(numbered(1, 1), around, "symmetric", 9)), [Array<number>(11).fill(0)]);
});

test("of padding alone nothing but the fill is seen", async () => {
  const view = paddedView(numbered(4, 4), { left: 3, top: 3, right: 0, bottom: 0 }, "constant", 7);
  assert.deepEqual(await rows(view, { x: 0, y: 0, width: 2, height: 3 }), [
    [7, 7],
    [7, 7],
    [7, 7],
  ]);
});

test("a region of a resized image is that region of the whole, and requests no more than it needs", async () => {
  const bytes = Uint8Array.from({ length: 3 * 60 * 90 }, (_, i) => (Math.imul(i, 2654435761) >>> 24) & 255);
  const image = memorySource(bytes, 3, 60, 90);
  for (const interpolation of interpolations) {
    for (const [width, height] of [
      [30, 20],
      [33, 41],
      [200, 100],
      [90, 7],
    ] as const) {
      const all = await rows(resizedView(image, width, height, interpolation));
      for (const box of [
        { x: 0, y: 0, width: 1, height: 1 },
        { x: 9, y: 3, width: 11, height: 4 },
      ]) {
        const found = await rows(resizedView(image, width, height, interpolation), box);
        const expected = all.slice(box.y, box.y + box.height).map((row) => row.slice(box.x, box.x + box.width));
        assert.deepEqual(found, expected, `${interpolation} ${width} × ${height}`);
      }
    }
  }
  const looked = numbered(1000, 1000);
  await resizedView(looked, 100, 100, "bilinear").region({ x: 50, y: 0, width: 10, height: 10 }, 10, 10);
  const [box] = looked.looked;
  assert.ok(box !== undefined && box.width <= 130 && box.height <= 120 && box.x >= 480, JSON.stringify(box));
});

test("the same size is the same image", () => {
  const image = numbered(5, 4);
  assert.equal(resizedView(image, 5, 4, "bilinear"), image);
});

test("a reduced region is resized from where it lies", async () => {
  // A slope from left to right, of which any box comes reduced by 8.
  const slope: ImageSource = {
    width: 8000,
    height: 80,
    region(box) {
      const x = Math.floor(box.x / 8);
      const width = Math.ceil((box.x + box.width) / 8) - x;
      const data = Uint32Array.from({ length: width }, (_, i) => Math.round((255 * (x + i + 0.5)) / 1000));
      return { width, height: 1, data, box: { x: box.x / 8 - x, y: 0, width: box.width / 8, height: 1 } };
    },
  };
  const [row = []] = await rows(
    resizedView(croppedView(slope, { x: 804, y: 0, width: 6000, height: 80 }), 60, 1, "bilinear"),
  );
  row.forEach((pixel, i) => {
    const expected = (255 * (804 + (i + 0.5) * 100)) / 8000;
    assert.ok(i === 0 || i === 59 || Math.abs((pixel & 255) - expected) <= 1, `${i}: ${pixel & 255}, ${expected}`);
  });
});
