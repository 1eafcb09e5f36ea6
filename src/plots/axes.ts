import { element, text } from "./svg.js";
import { type Axis, tickLabel } from "./ticks.js";

/** The plot area in pixels and its two axes. */
export interface Scale {
  readonly toX: (epoch: number) => number;
  readonly toY: (value: number) => number;
}

/** Draws grid lines across the plot area at an axis's ticks, and their labels left of it. */
export function valueTicks(axis: Axis, { toY }: Scale, x: number, width: number): string[] {
  return axis.ticks.flatMap((tick) => [
    element("line", { class: "grid", x1: x, x2: x + width, y1: toY(tick), y2: toY(tick) }),
    text(x - 8, toY(tick) + 4, tickLabel(tick, axis), { className: "tick", anchor: "end" }),
  ]);
}

/** The axis of epochs below the plot area, whose lower edge is at `bottom`: its line, ticks, labels and name. */
export function epochTicks(axis: Axis, { toX }: Scale, x: number, width: number, bottom: number): string[] {
  return [
    ...axis.ticks.flatMap((tick) => [
      element("line", { class: "axis", x1: toX(tick), x2: toX(tick), y1: bottom, y2: bottom + 5 }),
      text(toX(tick), bottom + 19, String(tick), { className: "tick", anchor: "middle" }),
    ]),
    element("line", { class: "axis", x1: x, x2: x + width, y1: bottom, y2: bottom }),
    text(x + width / 2, bottom + 38, "epoch", { className: "axis-title", anchor: "middle" }),
  ];
}
