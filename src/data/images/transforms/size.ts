/** Height and width in pixels. */
export interface Size {
  readonly height: number;
  readonly width: number;
}

/** "224 × 224", height first, for messages. */
export function describeSize({ height, width }: Size): string {
  return `${height} × ${width} (height × width)`;
}

/** Rounds to the nearest integer, halves to even, as Python's `round`. */
export function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return rest < 0.5 ? below : below + 1;
  return below % 2 === 0 ? below : below + 1;
}
