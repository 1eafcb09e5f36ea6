import { epochTicks, type Scale, valueTicks } from "./axes.js";
import { marker, type Shape } from "./marker.js";
import { coordinate, element, escapeXml, text } from "./svg.js";
import { type Axis, epochAxis, logAxis, position, valueAxis } from "./ticks.js";

/** A value at an epoch; a value that is not finite, or past 1e100, leaves a gap. */
export interface Point {
  readonly epoch: number;
  readonly value: number;
}

/** One line of a panel; `className` gives its colour and stroke. */
export interface Series {
  readonly className: string;
  readonly points: readonly Point[];
  /** The shape of its markers (`hasMarkers`); a value between two gaps is a dot even without one. */
  readonly shape?: Shape;
  /** The value holds until the next epoch. */
  readonly isStep?: boolean;
  /** The tooltip of the line. */
  readonly name?: string;
}

/** A dot on top of the lines. */
export interface Dot {
  readonly className: string;
  readonly shape: Shape;
  readonly point: Point;
}

export interface PanelOptions {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly title: string;
  readonly series: readonly Series[];
  /** Hard limits of the vertical axis. */
  readonly limits?: readonly [number, number];
  /** Minimum span of the vertical axis, so that noise does not look like progress. */
  readonly minSpan?: number;
  /** The range of the axis, instead of that of all values; lines outside are clipped. */
  readonly focus?: readonly [number, number] | undefined;
  /** Logarithmic vertical axis; values ≤ 0 leave gaps. */
  readonly isLog?: boolean;
  readonly dots?: readonly Dot[];
  /** What is written where there is nothing to draw. */
  readonly emptyText?: string;
}

/** Up to this number of epochs, each has a marker. */
const MAX_POINT_EPOCHS = 20;
const POINT_RADIUS = 2.6;
const DOT_RADIUS = 4.2;
/** Approximate number of markers along a longer line. */
const MARKERS = 9;
/** Margin around the plot area, so that a line or a dot on its edge is not clipped. */
const CLIP_MARGIN = 4;
/** The smallest value on a logarithmic axis. */
const MIN_LOG = 1e-100;

/** One plot over epochs: title, grid, axes with labels, lines and dots. */
export function panel(options: PanelOptions): string {
  const { x, y, width, height } = options;
  const series = options.series.map((line) => ({ ...line, points: line.points.map(drawable(options.isLog ?? false)) }));
  const points = series.flatMap((line) => line.points);
  const epochs = epochAxis(
    ...range(
      points.map(({ epoch }) => epoch),
      [1, 1],
    ),
  );
  const values = verticalAxis(points, options);
  const scale: Scale = {
    toX: (epoch) => x + width * position(epoch, epochs),
    toY: (value) => y + height * (1 - position(value, values)),
  };
  const lines = series.map((line) => lineMarkup(line, scale));
  return element(
    "g",
    {},
    text(x, y - 14, options.title, { className: "panel-title" }),
    ...valueTicks(values, scale, x, width),
    ...epochTicks(epochs, scale, x, width, y + height),
    ...(options.focus === undefined ? lines : [clipped(options, lines)]),
    ...(options.dots ?? []).map((dot) => dotMarkup(dot, scale)),
    points.some(({ value }) => isDrawable(value))
      ? ""
      : text(x + width / 2, y + height / 2, options.emptyText ?? "no values yet", {
          className: "axis-title",
          anchor: "middle",
        }),
  );
}

function verticalAxis(points: readonly Point[], { focus, isLog, limits, minSpan = 0 }: PanelOptions): Axis {
  const values = points.map(({ value }) => value);
  const [least, largest] = focus ?? range(values, isLog ? [0.1, 1] : [0, 1]);
  if (isLog) return logAxis(least, largest);
  const room = Math.max(0, (minSpan - (largest - least)) / 2);
  return withinLimits(valueAxis(least - room, largest + room), limits);
}

/** A nested SVG clips its content without needing an id, which another figure on the page might also use. */
function clipped({ x, y, width, height }: PanelOptions, lines: readonly string[]): string {
  const left = x - CLIP_MARGIN;
  const area = { x: left, y, width: width + 2 * CLIP_MARGIN, height: height + CLIP_MARGIN };
  return element("svg", { ...area, viewBox: `${left} ${y} ${area.width} ${area.height}` }, ...lines);
}

/** Replaces values that cannot be drawn by gaps. */
function drawable(isLog: boolean): (point: Point) => Point {
  return (point) => (isLog && !(point.value >= MIN_LOG) ? { ...point, value: Number.NaN } : point);
}

/** The minimum and maximum of the values to draw, or `otherwise` if there are none. */
function range(values: readonly number[], otherwise: [number, number]): [number, number] {
  const finite = values.filter(isDrawable);
  if (finite.length === 0) return otherwise;
  return finite.reduce<[number, number]>(
    ([least, largest], value) => [Math.min(least, value), Math.max(largest, value)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
}

/** False for NaN, infinity and values that would overflow the arithmetic of axes. */
export function isDrawable(value: number): boolean {
  return Math.abs(value) <= 1e100;
}

function withinLimits(axis: Axis, limits: readonly [number, number] | undefined): Axis {
  if (limits === undefined) return axis;
  const [min, max] = limits;
  const ticks = axis.ticks.filter((tick) => tick >= min && tick <= max);
  return { min: Math.max(axis.min, min), max: Math.min(axis.max, max), ticks };
}

/** A path through each run of values without a gap, and dots where a path would not be seen or points are few. */
function lineMarkup({ className, points, shape, isStep = false, name }: Series, { toX, toY }: Scale): string {
  const runs = unbrokenRuns(points);
  const step = ({ epoch, value }: Point, index: number) => {
    const [x, y] = [coordinate(toX(epoch)), coordinate(toY(value))];
    return index === 0 ? `M${x},${y}` : isStep ? `H${x}V${y}` : `L${x},${y}`;
  };
  const path = runs.filter((run) => run.length > 1).map((run) => run.map(step).join(""));
  const dots = dotted(points, runs, shape).map(({ epoch, value }) =>
    marker(shape ?? "circle", toX(epoch), toY(value), POINT_RADIUS),
  );
  return element(
    "g",
    { class: className },
    name === undefined ? "" : element("title", {}, escapeXml(name)),
    path.length === 0 ? "" : element("path", { d: path.join("") }),
    ...dots,
  );
}

/**
 * Whether a line of `numEpochs` epochs has markers: every epoch of a short one, some of a long one; circles, the first of the shapes,
 * on short ones only.
 */
export function hasMarkers(numEpochs: number, shape: Shape | undefined): boolean {
  return shape !== undefined && (numEpochs <= MAX_POINT_EPOCHS || shape !== "circle");
}

function dotted(points: readonly Point[], runs: readonly (readonly Point[])[], shape: Shape | undefined): Point[] {
  const isMarked = hasMarkers(points.length, shape);
  if (isMarked && points.length <= MAX_POINT_EPOCHS) return runs.flat();
  const spacing = Math.ceil(points.length / MARKERS);
  const isOnLine = (index: number) => isMarked && index % spacing === Math.floor(spacing / 2);
  const alone = new Set(runs.filter((run) => run.length === 1).flat());
  return points.filter((point, index) => alone.has(point) || (isOnLine(index) && isDrawable(point.value)));
}

function dotMarkup({ className, shape, point }: Dot, { toX, toY }: Scale): string {
  return element("g", { class: className }, marker(shape, toX(point.epoch), toY(point.value), DOT_RADIUS, "dot"));
}

function unbrokenRuns(points: readonly Point[]): Point[][] {
  const runs: Point[][] = [[]];
  for (const point of points) {
    if (isDrawable(point.value)) runs.at(-1)?.push(point);
    else runs.push([]);
  }
  return runs.filter((run) => run.length > 0);
}
