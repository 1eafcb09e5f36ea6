import assert from "node:assert/strict";

export interface Tolerance {
  readonly relative?: number;
  readonly absolute?: number;
}

/** Asserts |a − e| ≤ absolute + relative · |e|, element by element; NaN equals NaN only. */
export function assertNear(
  actual: readonly number[],
  expected: readonly number[],
  { relative = 1e-6, absolute = 1e-6 }: Tolerance = {},
): void {
  assert.equal(actual.length, expected.length, "number of elements");
  actual.forEach((a, index) => {
    const e = expected[index] ?? Number.NaN;
    const same = Object.is(a, e) || a === e || Math.abs(a - e) <= absolute + relative * Math.abs(e);
    assert.ok(same, `element ${index}: ${a}, expected ${e}`);
  });
}
