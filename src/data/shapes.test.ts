import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { shapes } from "./shapes.js";

const grid = Array.from({ length: 61 * 61 }, (_, i) => [((i % 61) - 30) / 20, (Math.floor(i / 61) - 30) / 20] as const);

/** Fraction of the square −1.5 … 1.5 on which two shapes differ. */
function difference(a: (x: number, y: number) => boolean, b: (x: number, y: number) => boolean): number {
  return grid.filter(([x, y]) => a(x, y) !== b(x, y)).length / grid.length;
}

describe("shapes", () => {
  for (const shape of shapes) {
    const inside = (x: number, y: number) => shape.distance(x, y) < 0;

    it(`${shape.name} fits the unit circle and covers a good part of it`, () => {
      for (const [x, y] of grid) assert.ok(!inside(x, y) || Math.hypot(x, y) < 1.02, `inside at ${x}, ${y}`);
      const area = grid.filter(([x, y]) => inside(x, y)).length / 400;
      assert.ok(area > 0.7 && area < 2.6, `area ${area}`);
    });

    it(`${shape.name} has a distance that changes by no more than the way gone`, () => {
      for (const [x, y] of grid) {
        const step = Math.abs(shape.distance(x + 0.01, y) - shape.distance(x, y));
        assert.ok(step < 0.0101, `${step} at ${x}, ${y}`);
      }
    });

    it(`${shape.name} equals a mirror image of itself`, () => {
      const acrossX = difference(inside, (x, y) => inside(-x, y));
      const acrossY = difference(inside, (x, y) => inside(x, -y));
      assert.ok(Math.min(acrossX, acrossY) < 0.01);
    });
  }

  it("differ from each other", () => {
    for (const a of shapes) {
      for (const b of shapes) {
        if (a === b) continue;
        const differs = difference(
          (x, y) => a.distance(x, y) < 0,
          (x, y) => b.distance(x, y) < 0,
        );
        assert.ok(differs > 0.03, `${a.name} and ${b.name} differ on ${differs}`);
      }
    }
  });
});
