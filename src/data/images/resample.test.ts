import assert from "node:assert/strict";
import { test } from "node:test";
import { addon } from "../../tensor/addon.js";
import { pixelOf } from "./pixels.js";
import { type Interpolation, interpolations } from "./resample.js";

/** Pixels made of `[height, width, 3]` bytes. */
function pixels(bytes: readonly number[]): Uint32Array {
  return Uint32Array.from({ length: bytes.length / 3 }, (_, i) => {
    const [red = 0, green = 0, blue = 0] = bytes.slice(3 * i, 3 * i + 3);
    return pixelOf(red, green, blue);
  });
}

function bytesOf(all: Uint32Array): number[] {
  return [...all].flatMap((pixel) => [pixel & 255, (pixel >>> 8) & 255, (pixel >>> 16) & 255]);
}

function resize(
  input: Uint32Array,
  [width, height]: readonly [number, number],
  [toWidth, toHeight]: readonly [number, number],
  name: Interpolation,
): Uint32Array {
  const filter = interpolations.indexOf(name);
  return addon().resample(
    input,
    [0, width, 0, width, toWidth, 0, toWidth],
    [0, height, 0, height, toHeight, 0, toHeight],
    filter,
  );
}

// From Pillow 9.4:
//   a = bytes((i * i * 7 + i * 13) % 256 for i in range(7 * 5 * 3))
//   im = Image.frombytes("RGB", (7, 5), a)
//   list(im.resize((3, 2), f).tobytes()), list(im.resize((9, 2), f).crop((3, 0, 6, 1)).tobytes())
const image = pixels(Array.from({ length: 7 * 5 * 3 }, (_, i) => (i * i * 7 + i * 13) % 256));
const byPillow: Record<Interpolation, [number[], number[]]> = {
  nearest: [
    [248, 92, 206, 34, 218, 160, 68, 80, 106, 118, 38, 228, 104, 108, 126, 82, 170, 16],
    [78, 220, 120, 34, 218, 160, 116, 86, 70],
  ],
  lanczos: [
    [109, 112, 163, 122, 138, 136, 153, 167, 104, 118, 86, 149, 119, 108, 114, 120, 135, 48],
    [86, 172, 126, 122, 148, 173, 120, 101, 82],
  ],
  bilinear: [
    [111, 111, 156, 117, 137, 134, 147, 161, 102, 119, 90, 147, 119, 112, 115, 122, 132, 59],
    [95, 158, 131, 115, 147, 171, 124, 108, 92],
  ],
  bicubic: [
    [108, 111, 159, 118, 138, 134, 152, 166, 105, 118, 88, 147, 120, 109, 114, 120, 132, 53],
    [89, 168, 126, 119, 148, 173, 121, 100, 83],
  ],
  box: [
    [107, 101, 151, 115, 128, 127, 160, 193, 112, 114, 96, 156, 122, 103, 97, 98, 98, 48],
    [88, 145, 130, 129, 143, 170, 126, 96, 80],
  ],
  hamming: [
    [113, 107, 160, 107, 142, 134, 149, 165, 109, 120, 87, 151, 120, 110, 115, 113, 126, 54],
    [85, 172, 114, 107, 151, 176, 124, 92, 72],
  ],
};

for (const name of interpolations) {
  test(`${name} gives Pillow's bytes`, () => {
    const [smaller, wider] = byPillow[name];
    assert.deepEqual(bytesOf(resize(image, [7, 5], [3, 2], name)), smaller);
    assert.deepEqual(bytesOf(resize(image, [7, 5], [9, 2], name).subarray(3, 6)), wider);
  });
}

/** The filters by their definitions, with the radius of each. */
const definitions: Record<Exclude<Interpolation, "nearest">, [number, (x: number) => number]> = {
  box: [0.5, (x) => (x > -0.5 && x <= 0.5 ? 1 : 0)],
  bilinear: [1, (x) => Math.max(0, 1 - Math.abs(x))],
  hamming: [1, (x) => (Math.abs(x) < 1 ? sinc(x) * (0.54 + 0.46 * Math.cos(Math.PI * x)) : 0)],
  bicubic: [2, (x) => keys(Math.abs(x))],
  lanczos: [3, (x) => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0)],
};

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

function keys(x: number): number {
  if (x < 1) return 1.5 * x ** 3 - 2.5 * x ** 2 + 1;
  return x < 2 ? -0.5 * x ** 3 + 2.5 * x ** 2 - 4 * x + 2 : 0;
}

/** One line of samples resized in floating point: the weighted mean of all samples within the radius. */
function line(samples: readonly number[], size: number, [radius, filter]: [number, (x: number) => number]): number[] {
  const scale = samples.length / size;
  const stretch = Math.max(1, scale);
  return Array.from({ length: size }, (_, i) => {
    const centre = (i + 0.5) * scale;
    let [sum, total] = [0, 0];
    samples.forEach((sample, p) => {
      const distance = p + 0.5 - centre;
      const weight = Math.abs(distance) <= radius * stretch ? filter(distance / stretch) : 0;
      sum += weight * sample;
      total += weight;
    });
    return Math.min(255, Math.max(0, sum / total));
  });
}

// Odd sizes: no pixel lies on the very edge of a box, where rounding decides.
test("every filter is within one level of a slow computation in floating point", () => {
  const [width, height] = [37, 29];
  // Noise, and edges between black and white, where the filters with negative weights leave the range.
  const input = Uint32Array.from({ length: width * height }, (_, i) => {
    const noise = Math.imul(i + 1, 2654435761) >>> 0;
    return pixelOf(noise >>> 24, (noise >>> 20) & 1 ? 255 : 0, (i * 7) % 256);
  });
  for (const [name, definition] of Object.entries(definitions)) {
    for (const [toWidth, toHeight] of [
      [15, 9],
      [51, 61],
      [37, 11],
      [81, 29],
      [1, 1],
    ] as const) {
      const found = bytesOf(resize(input, [width, height], [toWidth, toHeight], name as Interpolation));
      for (let channel = 0; channel < 3; channel++) {
        const rows = Array.from({ length: height }, (_, y) => {
          const samples = [...input.subarray(y * width, (y + 1) * width)].map(
            (pixel) => (pixel >>> (8 * channel)) & 255,
          );
          return toWidth === width ? samples : line(samples, toWidth, definition);
        });
        for (let x = 0; x < toWidth; x++) {
          const column = rows.map((row) => row[x] ?? 0);
          const expected = toHeight === height ? column : line(column, toHeight, definition);
          expected.forEach((value, y) => {
            const byte = found[3 * (y * toWidth + x) + channel] ?? Number.NaN;
            assert.ok(Math.abs(byte - value) <= 1.5, `${name} ${toWidth}×${toHeight} (${x}, ${y}): ${byte}, ${value}`);
          });
        }
      }
    }
  }
});

test("a part of the output, from a part of the input, is that part", () => {
  for (const name of interpolations) {
    const filter = interpolations.indexOf(name);
    const whole = resize(image, [7, 5], [21, 4], name);
    // Columns 9 … 11 of 21 need columns 0 … 6 of 7 at most; rows 1 and 2 of 4 come from all five.
    const part = addon().resample(image, [0, 7, 0, 7, 21, 9, 3], [0, 5, 0, 5, 4, 1, 2], filter);
    const expected = [1, 2].flatMap((row) => [...whole.subarray(row * 21 + 9, row * 21 + 12)]);
    assert.deepEqual([...part], expected, name);
  }
  const linear = interpolations.indexOf("bilinear");
  const middle = Uint32Array.from([1, 2, 3], (column) => image[column] ?? 0);
  const fromPart = addon().resample(middle, [1, 3, 0, 7, 14, 4, 2], [0, 1, 0, 1, 1, 0, 1], linear);
  const fromAll = addon().resample(image.subarray(0, 7), [0, 7, 0, 7, 14, 4, 2], [0, 1, 0, 1, 1, 0, 1], linear);
  assert.deepEqual(fromPart, fromAll);
});

test("what is not sensible is an error", () => {
  const good = [0, 7, 0, 7, 3, 0, 3] as const;
  const rows = [0, 5, 0, 5, 2, 0, 2] as const;
  const call =
    (horizontal: readonly number[], filter = 2, input = image) =>
    () =>
      addon().resample(input, horizontal as unknown as typeof good, rows, filter);
  assert.throws(call([0, 7, 0, 7, 3, 1, 3]), /resample: the sizes of an axis are not sensible/);
  assert.throws(call([0, 7, 7, 0, 3, 0, 3]), /the sizes of an axis are not sensible/);
  assert.throws(call([0, 7, 0, 7, 0, 0, 0]), /expected 1 to \d+ pixels but received 0 x 2/);
  assert.throws(call([0, 7, 0, 7, 2 ** 29, 0, 2 ** 29]), /expected 1 to \d+ pixels/);
  assert.throws(call([100, 7, 0, 7, 3, 0, 3]), /none of its input at hand/);
  assert.throws(call([0, 7, 0, 7, 3, 0]), /argument 'horizontal': expected seven numbers/);
  assert.throws(call([0, 7, Number.NaN, 7, 3, 0, 3]), /expected seven numbers/);
  assert.throws(call(good, 6), /argument 'filter': expected 0 to 5 but received 6/);
  assert.throws(call(good, 2, new Uint32Array(34)), /argument 'pixels': expected 7 x 5 pixels but received 34/);
});
