/** Something of a line that may be left out of a narrow one. */
export interface Fitted {
  readonly width: number;
  /** The order in which parts are left out, the highest first; 0 is always there. */
  readonly rank: number;
}

/** Between two parts of a line. */
export const GAP = "  ";

/** The characters that parts take, with the gaps between them. */
export function lineWidth(parts: readonly Pick<Fitted, "width">[]): number {
  return parts.reduce((sum, { width }) => sum + width + GAP.length, -GAP.length);
}

/** The parts that fit `width` characters, in their order. */
export function fit<Part extends Fitted>(parts: readonly Part[], width: number): readonly Part[] {
  const worst = Math.max(...parts.map(({ rank }) => rank));
  if (lineWidth(parts) <= width || worst <= 0) return parts;
  const index = parts.findIndex(({ rank }) => rank === worst);
  return fit(parts.toSpliced(index, 1), width);
}
