import { placeLabel } from "./label-place.js";
import { coordinate, element, text } from "./svg.js";
import { type Axis, epochAxis, tickLabel, valueAxis } from "./ticks.js";

/** A value at an epoch; a value that is not finite, or past 1e100, leaves a gap. */
export interface Point {
  readonly epoch: number;
  readonly value: number;
}

/** One line of a panel; `className` gives its colour and stroke. */
export interface Series {
  readonly className: string;
  readonly points: readonly Point[];
}

/** A point, and what to write beside it. */
export interface Mark {
  readonly point: Point;
  readonly label: string;
}

export interface PanelOptions {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly title: string;
  readonly series: readonly Series[];
  /** A point to mark with a dot. */
  readonly marked?: Mark | undefined;
  /** Values that the vertical axis does not go beyond, whatever its ticks. */
  readonly limits?: readonly [number, number];
  /** The vertical axis spans at least so much: noise is not to look like progress. */
  readonly minSpan?: number;
}

/** Up to so many epochs, each is drawn as a point too. */
const MAX_POINT_EPOCHS = 20;
const POINT_RADIUS = 2.6;

/** Where values go: the plot area, in pixels, and the two axes. */
interface Scale {
  readonly toX: (epoch: number) => number;
  readonly toY: (value: number) => number;
}

/** One plot over epochs: title, grid, axes with labels, lines, and the marked point. */
export function panel(options: PanelOptions): string {
  const { x, y, width, height, series } = options;
  const points = series.flatMap((line) => line.points);
  const epochs = epochAxis(
    ...range(
      points.map(({ epoch }) => epoch),
      [1, 1],
    ),
  );
  const [least, largest] = range(
    points.map(({ value }) => value),
    [0, 1],
  );
  const room = Math.max(0, ((options.minSpan ?? 0) - (largest - least)) / 2);
  const values = withinLimits(valueAxis(least - room, largest + room), options.limits);
  const scale: Scale = {
    toX: (epoch) => x + (width * (epoch - epochs.min)) / (epochs.max - epochs.min),
    toY: (value) => y + height * (1 - (value - values.min) / (values.max - values.min)),
  };
  return element(
    "g",
    {},
    text(x, y - 14, options.title, { className: "panel-title" }),
    ...valueTicks(values, scale, x, width),
    ...epochTicks(epochs, scale, y + height),
    element("line", { class: "axis", x1: x, x2: x + width, y1: y + height, y2: y + height }),
    text(x + width / 2, y + height + 38, "epoch", { className: "axis-title", anchor: "middle" }),
    ...series.map((line) => lineMarkup(line, scale)),
    options.marked === undefined ? "" : markMarkup(options, options.marked, scale),
    points.some(({ value }) => isDrawable(value))
      ? ""
      : text(x + width / 2, y + height / 2, "no values yet", { className: "axis-title", anchor: "middle" }),
  );
}

/** The least and largest of the values to draw, or `otherwise` when there are none. */
function range(values: readonly number[], otherwise: [number, number]): [number, number] {
  const finite = values.filter(isDrawable);
  if (finite.length === 0) return otherwise;
  return finite.reduce<[number, number]>(
    ([least, largest], value) => [Math.min(least, value), Math.max(largest, value)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
}

/** Beyond, the arithmetic of axes would overflow. */
function isDrawable(value: number): boolean {
  return Math.abs(value) <= 1e100;
}

function withinLimits(axis: Axis, limits: readonly [number, number] | undefined): Axis {
  if (limits === undefined) return axis;
  const [min, max] = limits;
  const ticks = axis.ticks.filter((tick) => tick >= min && tick <= max);
  return { min: Math.max(axis.min, min), max: Math.min(axis.max, max), ticks };
}

function valueTicks(axis: Axis, { toY }: Scale, x: number, width: number): string[] {
  return axis.ticks.flatMap((tick) => [
    element("line", { class: "grid", x1: x, x2: x + width, y1: toY(tick), y2: toY(tick) }),
    text(x - 8, toY(tick) + 4, tickLabel(tick, axis), { className: "tick", anchor: "end" }),
  ]);
}

function epochTicks(axis: Axis, { toX }: Scale, bottom: number): string[] {
  return axis.ticks.flatMap((tick) => [
    element("line", { class: "axis", x1: toX(tick), x2: toX(tick), y1: bottom, y2: bottom + 5 }),
    text(toX(tick), bottom + 19, String(tick), { className: "tick", anchor: "middle" }),
  ]);
}

/** A path through each run of values without a gap, and dots where a path would not be seen or points are few. */
function lineMarkup({ className, points }: Series, { toX, toY }: Scale): string {
  const runs = unbrokenRuns(points);
  const path = runs
    .filter((run) => run.length > 1)
    .map((run) => `M${run.map(({ epoch, value }) => `${coordinate(toX(epoch))},${coordinate(toY(value))}`).join("L")}`);
  const dotted = points.length <= MAX_POINT_EPOCHS ? runs : runs.filter((run) => run.length === 1);
  const dots = dotted
    .flat()
    .map(({ epoch, value }) => element("circle", { cx: toX(epoch), cy: toY(value), r: POINT_RADIUS }));
  return element("g", { class: className }, path.length === 0 ? "" : element("path", { d: path.join("") }), ...dots);
}

function unbrokenRuns(points: readonly Point[]): Point[][] {
  const runs: Point[][] = [[]];
  for (const point of points) {
    if (isDrawable(point.value)) runs.at(-1)?.push(point);
    else runs.push([]);
  }
  return runs.filter((run) => run.length > 0);
}

/** The dot and its label, joined by a thin line when the label had to go far. */
function markMarkup(options: PanelOptions, { point, label }: Mark, { toX, toY }: Scale): string {
  const { x, y, width, height } = options;
  const place = ({ epoch, value }: Point) => ({ x: toX(epoch), y: toY(value) });
  const dot = place(point);
  const lines = options.series.flatMap((line) => unbrokenRuns(line.points).map((run) => run.map(place)));
  const at = placeLabel(dot, label.length, lines, { left: x, right: x + width, top: y, bottom: y + height });
  const isBelow = at.y > dot.y;
  const nearY = isBelow ? at.y - 12 : at.y + 4;
  return element(
    "g",
    {},
    Math.abs(nearY - dot.y) > 14
      ? element("line", { class: "leader", x1: dot.x, x2: dot.x, y1: dot.y, y2: nearY })
      : "",
    element("circle", { class: "mark", cx: dot.x, cy: dot.y, r: 5 }),
    text(at.x, at.y, label, { className: "mark-label", anchor: at.anchor }),
  );
}
