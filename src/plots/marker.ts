import { coordinate, element } from "./svg.js";

/** Runs past the sixth repeat the colours, with diamonds along their lines. */
export type Shape = "circle" | "diamond";

/** A dot in the colour that `className` gives; of equal radius, both shapes cover about the same area. */
export function marker(shape: Shape, x: number, y: number, radius: number, className = ""): string {
  const attributes = className === "" ? {} : { class: className };
  if (shape === "circle") return element("circle", { ...attributes, cx: x, cy: y, r: radius });
  const reach = radius * 1.25;
  const corners = [
    [x, y - reach],
    [x + reach, y],
    [x, y + reach],
    [x - reach, y],
  ];
  const points = corners.map((corner) => corner.map(coordinate).join(",")).join(" ");
  return element("polygon", { ...attributes, points });
}
