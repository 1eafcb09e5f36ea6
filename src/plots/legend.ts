import { marker, type Shape } from "./marker.js";
import { element, escapeXml, text } from "./svg.js";
import { textWidth, wrapped } from "./text-width.js";

/** One run's line in the table below the panels. */
export interface LegendRow {
  readonly className: string;
  readonly shape: Shape;
  /** Whether the run's lines have markers. */
  readonly hasMarkers: boolean;
  readonly label: string;
  /** What the label says and more, shown on hover. */
  readonly details: string;
  /** One for each of the table's columns. */
  readonly cells: readonly string[];
}

const LINE_HEIGHT = 18;
const ROW_GAP = 4;
const HEADER_HEIGHT = 26;
const SWATCH_WIDTH = 30;
const SWATCH_GAP = 10;
const COLUMN_GAP = 26;
const FONT_SIZE = 13;
const MARKER_RADIUS = 2.6;
const DOT_RADIUS = 4.2;
/** From a number to the middle of the marker before it. */
const DOT_GAP = 11;
const MAX_LINES = 4;

/**
 * Draws a table: a sample of each run's line with its marker, its label, and a number under each of `columns`, the first after
 * the marker of the best epoch; (x, y) is its upper left corner. Labels that would push the numbers past `width` take several
 * lines, at most four.
 */
export function legend(
  { x, y, width }: { x: number; y: number; width: number },
  columns: readonly string[],
  rows: readonly LegendRow[],
): { markup: string; height: number } {
  const columnWidths = columns.map((title, index) => {
    const texts = rows.map(({ cells }) => textWidth(cells[index] ?? "", FONT_SIZE) + (index === 0 ? DOT_GAP + 5 : 0));
    return Math.max(textWidth(title, FONT_SIZE), ...texts) + COLUMN_GAP;
  });
  const labelX = x + SWATCH_WIDTH + SWATCH_GAP;
  const labelRoom = width - (labelX - x) - sum(columnWidths);
  const labels = rows.map(({ label }) => wrapped(label, labelRoom, FONT_SIZE, MAX_LINES));
  const labelWidth = Math.max(...labels.flat().map((line) => textWidth(line, FONT_SIZE)));
  const rights = columns.map((_, index) => labelX + labelWidth + sum(columnWidths.slice(0, index + 1)));
  const end = rights.at(-1) ?? labelX + labelWidth;
  const ruleY = y + HEADER_HEIGHT - 8;
  const heights = labels.map(({ length }) => length * LINE_HEIGHT + ROW_GAP);
  const markup = element(
    "g",
    {},
    ...columns.map((title, index) =>
      text(rights[index] ?? end, y + 10, title, { className: "axis-title", anchor: "end" }),
    ),
    element("line", { class: "grid", x1: x, x2: end, y1: ruleY, y2: ruleY }),
    ...rows.map((row, index) => {
      const baseline = y + HEADER_HEIGHT + sum(heights.slice(0, index)) + 12;
      return element(
        "g",
        {},
        element("title", {}, escapeXml(row.details)),
        swatch(row, x, baseline - 4.5),
        dot(row, rights[0] ?? end, baseline - 4.5),
        ...(labels[index] ?? []).map((line, at) =>
          text(labelX, baseline + at * LINE_HEIGHT, line, { className: "legend" }),
        ),
        ...row.cells.map((cell, column) =>
          text(rights[column] ?? end, baseline, cell, { className: "legend", anchor: "end" }),
        ),
      );
    }),
  );
  return { markup, height: HEADER_HEIGHT + sum(heights) };
}

function swatch({ className, shape, hasMarkers }: LegendRow, x: number, y: number): string {
  return element(
    "g",
    { class: `${className} val` },
    element("path", { d: `M${x},${y}h${SWATCH_WIDTH}` }),
    hasMarkers ? marker(shape, x + SWATCH_WIDTH / 2, y, MARKER_RADIUS) : "",
  );
}

/** The marker of the best epoch, before its result; none of a run without one. */
function dot({ className, shape, cells: [best = ""] }: LegendRow, right: number, y: number): string {
  if (!/\d/.test(best)) return "";
  const at = right - textWidth(best, FONT_SIZE) - DOT_GAP;
  return element("g", { class: className }, marker(shape, at, y, DOT_RADIUS, "dot"));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
