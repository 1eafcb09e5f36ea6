/** A shape about the origin that fits the unit circle (by 2 %); each equals its own mirror image. */
export interface Shape {
  readonly name: string;
  /** Signed distance from (x, y) to the outline, negative inside; a lower bound of it where outside and far. */
  readonly distance: (x: number, y: number) => number;
}

/** A polygon's corners, x and y by turns, in order along the outline. */
type Corners = readonly number[];

/** cos and sin of 90°, 162°, 234°, 306°, 18°: written out, as the last bits of `Math.sin` differ between machines. */
const pentagon: Corners = [
  0, 1, -0.9510565162951535, 0.30901699437494745, -0.5877852522924731, -0.8090169943749475, 0.5877852522924731,
  -0.8090169943749475, 0.9510565162951535, 0.30901699437494745,
];

const triangle: Corners = [0, 1, -0.8660254037844386, -0.5, 0.8660254037844386, -0.5];

const arrow: Corners = [0, 1, -0.72, 0.2, -0.24, 0.2, -0.24, -0.95, 0.24, -0.95, 0.24, 0.2, 0.72, 0.2];

/** The classes of the synthetic data set, by label. */
export const shapes: readonly Shape[] = [
  { name: "circle", distance: (x, y) => length(x, y) - 0.85 },
  { name: "square", distance: (x, y) => box(x, y, 0.7, 0.7) },
  { name: "triangle", distance: polygonOf(triangle) },
  { name: "star", distance: polygonOf(starCorners(0.4)) },
  { name: "cross", distance: (x, y) => Math.min(box(x, y, 0.95, 0.28), box(x, y, 0.28, 0.95)) },
  { name: "ring", distance: (x, y) => Math.abs(length(x, y) - 0.72) - 0.2 },
  { name: "crescent", distance: (x, y) => Math.max(length(x, y) - 0.95, 0.78 - length(x - 0.45, y)) },
  { name: "heart", distance: (x, y) => 1.5 * heart(x / 1.5, y / 1.5 + 0.55) },
  { name: "arrow", distance: polygonOf(arrow) },
  { name: "stripes", distance: stripes },
];

function polygonOf(corners: Corners): Shape["distance"] {
  return (x, y) => polygon(corners, x, y);
}

function length(x: number, y: number): number {
  return Math.sqrt(x * x + y * y);
}

function box(x: number, y: number, halfWidth: number, halfHeight: number): number {
  return Math.max(Math.abs(x) - halfWidth, Math.abs(y) - halfHeight);
}

/** Three parallel bars. */
function stripes(x: number, y: number): number {
  const bar = Math.max(-1, Math.min(1, Math.round(y / 0.5)));
  return box(x, y - 0.5 * bar, 0.75, 0.15);
}

/** Five points at radius 1 and five notches between them at radius `notch`, each opposite a point. */
function starCorners(notch: number): Corners {
  return [0, 1, 2, 3, 4].flatMap((point) => {
    const opposite = (point + 3) % 5;
    const at = (index: number, scale: number) => [0, 1].map((axis) => scale * (pentagon[2 * index + axis] ?? 0));
    return [...at(point, 1), ...at(opposite, -notch)];
  });
}

/** Two arcs over a right angle, from (0, 0) up to y ≈ 1.1. Source: Quilez, https://iquilezles.org/articles/distfunctions2d */
function heart(signedX: number, y: number): number {
  const x = Math.abs(signedX);
  if (y + x > 1) return length(x - 0.25, y - 0.75) - Math.SQRT2 / 4;
  const along = 0.5 * Math.max(x + y, 0);
  const nearest = Math.min(length(x, y - 1), length(x - along, y - along));
  return x > y ? nearest : -nearest;
}

/** Distance to the nearest edge, its sign by the even-odd rule. Source: Quilez, as above. */
function polygon(corners: Corners, x: number, y: number): number {
  let nearestSquared = Number.POSITIVE_INFINITY;
  let inside = false;
  let fromX = corners[corners.length - 2] ?? 0;
  let fromY = corners[corners.length - 1] ?? 0;
  for (let i = 0; i < corners.length; i += 2) {
    const toX = corners[i] ?? 0;
    const toY = corners[i + 1] ?? 0;
    const edgeX = toX - fromX;
    const edgeY = toY - fromY;
    const pointX = x - fromX;
    const pointY = y - fromY;
    const along = (pointX * edgeX + pointY * edgeY) / (edgeX * edgeX + edgeY * edgeY);
    const clamped = Math.max(0, Math.min(1, along));
    const gapX = pointX - edgeX * clamped;
    const gapY = pointY - edgeY * clamped;
    nearestSquared = Math.min(nearestSquared, gapX * gapX + gapY * gapY);
    if (fromY > y !== toY > y && x < fromX + ((y - fromY) * edgeX) / edgeY) inside = !inside;
    fromX = toX;
    fromY = toY;
  }
  return inside ? -Math.sqrt(nearestSquared) : Math.sqrt(nearestSquared);
}
