import { epochTicks, type Scale, valueTicks } from "./axes.js";
import { coordinate, element, escapeXml, text } from "./svg.js";
import { fitted } from "./text-width.js";
import { epochAxis, position } from "./ticks.js";

/** The shares of a whole at an epoch, in [0, 1], from the lowest area to the highest. */
export interface Shares {
  readonly epoch: number;
  readonly shares: readonly number[];
}

/** One area of a stack. */
export interface Area {
  /** Gives its colour to paths and rectangles. */
  readonly className: string;
  readonly label: string;
}

export interface StackOptions {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly title: string;
  /** From the lowest to the highest. */
  readonly areas: readonly Area[];
  /** At least one epoch, ascending. */
  readonly points: readonly Shares[];
}

const PERCENT = { min: 0, max: 100, ticks: [0, 20, 40, 60, 80, 100] };
const KEY_GAP = 18;
const SWATCH_WIDTH = 18;
const MAX_ROW = 18;
/** Minimum distance between labels. */
const LABEL_HEIGHT = 15;
/** Rows above this height have a gap between them. */
const GAP_FROM = 6;
const LABEL_ROOM = 90;

/** Width of the key right of the plot area. */
export const KEY_WIDTH = KEY_GAP + SWATCH_WIDTH + 6 + LABEL_ROOM;

/** Draws stacked areas over epochs, in percent, with a key to the right in the same order. */
export function stackPanel(options: StackOptions): string {
  const { x, y, width, height, title, points, areas } = options;
  const [first = 1, last = 1] = [points[0]?.epoch, points.at(-1)?.epoch];
  const axis = epochAxis(first, last);
  const scale: Scale = {
    toX: (epoch) => x + width * position(epoch, axis),
    toY: (percent) => y + height * (1 - position(percent, PERCENT)),
  };
  // One epoch has no width: it is drawn as if it lasted.
  const drawn =
    first === last ? points.flatMap((point) => [axis.min, axis.max].map((epoch) => ({ ...point, epoch }))) : points;
  return element(
    "g",
    {},
    text(x, y - 14, title, { className: "panel-title" }),
    ...valueTicks(PERCENT, scale, x, width),
    ...areas.map((area, index) => areaMarkup(area, index, drawn, scale)),
    ...epochTicks(axis, scale, x, width, y + height),
    ...key({ x: x + width + KEY_GAP, y, height }, areas),
  );
}

function areaMarkup({ className, label }: Area, index: number, points: readonly Shares[], { toX, toY }: Scale): string {
  const edge = (upTo: number) =>
    points.map(({ epoch, shares }) => {
      const sum = shares.slice(0, upTo).reduce((total, share) => total + share, 0);
      return `${coordinate(toX(epoch))},${coordinate(toY(100 * Math.min(1, sum)))}`;
    });
  const outline = [...edge(index), ...edge(index + 1).reverse()];
  return element(
    "g",
    { class: `${className} area` },
    element("title", {}, escapeXml(label)),
    element("path", { d: `M${outline.join("L")}Z` }),
  );
}

/** The highest area is the highest row. Where rows are low, some have no label. */
function key({ x, y, height }: { x: number; y: number; height: number }, areas: readonly Area[]): string[] {
  const row = Math.min(MAX_ROW, height / areas.length);
  const gap = row > GAP_FROM ? 2 : 0;
  const stride = Math.ceil(LABEL_HEIGHT / row);
  return areas
    .toReversed()
    .flatMap(({ className, label }, index) => [
      element(
        "g",
        { class: className },
        element("rect", { x, y: y + index * row, width: SWATCH_WIDTH, height: row - gap }),
      ),
      index % stride === 0
        ? text(x + SWATCH_WIDTH + 6, y + (index + 0.5) * row + 4, fitted(label, LABEL_ROOM, 12), { className: "tick" })
        : "",
    ]);
}
