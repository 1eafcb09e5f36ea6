/** A position in pixels, y downwards. */
export interface Position {
  readonly x: number;
  readonly y: number;
}

/** Position of a text: its baseline, and whether it ends or begins at x. */
export interface Label extends Position {
  readonly anchor: "start" | "end";
}

export interface Room {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Baselines to try, relative to the dot, the nearest first. */
const OFFSETS = [-11, 21, -27, 37, -43, 53, -59, 69, -75, 85, 101, 117];
const CHARACTER_WIDTH = 7.8;
const ASCENT = 12;
const DESCENT = 4;
const SAMPLE_SPACING = 3;

/**
 * Places a label of a given length near a dot, inside the plot area, where it covers the least of the lines; among
 * equally good positions the nearest. The text is on the side of the dot with more room.
 */
export function placeLabel(
  dot: Position,
  characters: number,
  lines: readonly (readonly Position[])[],
  room: Room,
): Label {
  const isRight = dot.x > (room.left + room.right) / 2;
  const width = characters * CHARACTER_WIDTH;
  const x = isRight ? Math.min(room.right, dot.x + 4) : Math.max(room.left, dot.x - 4);
  const left = isRight ? x - width : x;
  const samples = lines.flatMap(sampled).filter((sample) => sample.x >= left - 3 && sample.x <= left + width + 3);
  let best: { y: number; covered: number } | undefined;
  for (const offset of OFFSETS) {
    const y = dot.y + offset;
    if (y - ASCENT < room.top || y + DESCENT > room.bottom) continue;
    const covered = samples.filter((sample) => sample.y > y - ASCENT && sample.y < y + DESCENT).length;
    if (best === undefined || covered < best.covered) best = { y, covered };
  }
  return { x, y: best?.y ?? dot.y - 11, anchor: isRight ? "end" : "start" };
}

/** Points along a line, dense enough that no part of it passes through a text unnoticed. */
function sampled(line: readonly Position[]): Position[] {
  return line.flatMap((to, index) => {
    const from = line[index - 1] ?? to;
    const count = Math.max(1, Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / SAMPLE_SPACING));
    return Array.from({ length: count }, (_, step) => ({
      x: to.x + ((from.x - to.x) * step) / count,
      y: to.y + ((from.y - to.y) * step) / count,
    }));
  });
}
