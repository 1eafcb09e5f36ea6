import { coordinate, element } from "./svg.js";

/** What tells runs of one colour apart. */
export const SHAPES = ["circle", "diamond", "square", "triangle"] as const;

export type Shape = (typeof SHAPES)[number];

/** Corners of the shapes for a circle of radius 1; of equal radius, all cover about the same area. */
const CORNERS: Readonly<Record<Exclude<Shape, "circle">, readonly (readonly [x: number, y: number])[]>> = {
  diamond: [
    [0, -1.25],
    [1.25, 0],
    [0, 1.25],
    [-1.25, 0],
  ],
  square: [
    [-0.9, -0.9],
    [0.9, -0.9],
    [0.9, 0.9],
    [-0.9, 0.9],
  ],
  triangle: [
    [0, -1.5],
    [1.35, 0.85],
    [-1.35, 0.85],
  ],
};

/** A marker in the colour that `className` gives. */
export function marker(shape: Shape, x: number, y: number, radius: number, className = ""): string {
  const attributes = className === "" ? {} : { class: className };
  if (shape === "circle") return element("circle", { ...attributes, cx: x, cy: y, r: radius });
  const corners = CORNERS[shape].map(([dx, dy]) => [x + dx * radius, y + dy * radius]);
  const points = corners.map((corner) => corner.map(coordinate).join(",")).join(" ");
  return element("polygon", { ...attributes, points });
}
