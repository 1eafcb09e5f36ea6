import assert from "node:assert/strict";
import { test } from "node:test";
import { DARK, LIGHT, styleSheet } from "./theme.js";

type Triple = readonly [number, number, number];
type Matrix = readonly [Triple, Triple, Triple];

const IDENTITY: Matrix = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];

/** What is seen without one kind of cones, in linear RGB: Machado, Oliveira, Fernandes 2009, severity 1. */
const SIGHTS: Readonly<Record<string, Matrix>> = {
  "all cones": IDENTITY,
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** Linear RGB to Oklab: https://bottosson.github.io/posts/oklab/ */
const TO_CONES: Matrix = [
  [0.4122214708, 0.5363325363, 0.0514459929],
  [0.2119034982, 0.6806995451, 0.1073969566],
  [0.0883024619, 0.2817188376, 0.6299787005],
];
const TO_OKLAB: Matrix = [
  [0.2104542553, 0.793617785, -0.0040720468],
  [1.9779984951, -2.428592205, 0.4505937099],
  [0.0259040371, 0.7827717662, -0.808675766],
];

function times(matrix: Matrix, [x, y, z]: Triple): Triple {
  const row = ([a, b, c]: Triple) => a * x + b * y + c * z;
  return [row(matrix[0]), row(matrix[1]), row(matrix[2])];
}

function each([x, y, z]: Triple, change: (value: number) => number): Triple {
  return [change(x), change(y), change(z)];
}

function linear(hex: string): Triple {
  const channel = (at: number) => Number.parseInt(hex.slice(at, at + 2), 16) / 255;
  return each([channel(1), channel(3), channel(5)], (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
}

function oklab(rgb: Triple): Triple {
  return times(TO_OKLAB, each(times(TO_CONES, rgb), Math.cbrt));
}

function luminance([r, g, b]: Triple): number {
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

for (const [name, palette] of Object.entries({ light: LIGHT, dark: DARK })) {
  test(`${name}: runs are told apart by eyes of every kind, and seen on the background`, () => {
    for (const [sight, matrix] of Object.entries(SIGHTS)) {
      const seen = palette.runs.map((hex) => each(times(matrix, linear(hex)), (c) => Math.min(1, Math.max(0, c))));
      const places = seen.map(oklab);
      const ground = luminance(linear(palette.background));
      for (const [index, colour] of seen.entries()) {
        const [less, more] = [luminance(colour), ground].sort((a, b) => a - b) as [number, number];
        assert.ok((more + 0.05) / (less + 0.05) >= 3, `${palette.runs[index]} on ${palette.background}, ${sight}`);
        const [l, a, b] = places[index] ?? assert.fail();
        for (const [other, [l2, a2, b2]] of places.slice(0, index).entries()) {
          const distance = Math.hypot(l - l2, a - a2, b - b2);
          assert.ok(distance >= 0.1, `${palette.runs[other]} and ${palette.runs[index]}: ${distance}, ${sight}`);
        }
      }
    }
  });
}

test("auto has both palettes, a fixed theme one", () => {
  const rule = ({ ink }: { ink: string }) => `.x { fill: ${ink}; }`;
  assert.match(
    styleSheet("auto", rule),
    /\.x \{ fill: #1f2328; \}[\s\S]*@media[^{]*dark[\s\S]*\.x \{ fill: #e6edf3; \}/,
  );
  assert.doesNotMatch(styleSheet("light", rule), /@media|#e6edf3/);
  assert.doesNotMatch(styleSheet("dark", rule), /@media|#1f2328/);
});
