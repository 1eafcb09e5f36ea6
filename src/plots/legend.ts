import { marker, type Shape } from "./marker.js";
import { element, escapeXml, text } from "./svg.js";
import { fitted, textWidth } from "./text-width.js";

/** One run's line in the table below the panels. */
export interface LegendRow {
  readonly className: string;
  readonly shape: Shape;
  readonly label: string;
  /** One for each of the table's columns. */
  readonly cells: readonly string[];
}

const ROW_HEIGHT = 22;
const HEADER_HEIGHT = 26;
const SWATCH_WIDTH = 30;
const SWATCH_GAP = 10;
const COLUMN_GAP = 26;
const FONT_SIZE = 13;

/** The height of a table with `count` rows. */
export function legendHeight(numRows: number): number {
  return HEADER_HEIGHT + numRows * ROW_HEIGHT;
}

/**
 * Draws a table: a sample of each run's line, its label, and a number under each of `columns`; (x, y) is its upper left
 * corner. Labels that would push the numbers past `width` are shortened in the middle; the full label is shown on
 * hover.
 */
export function legend(
  { x, y, width }: { x: number; y: number; width: number },
  columns: readonly string[],
  rows: readonly LegendRow[],
): string {
  const columnWidths = columns.map((title, index) => {
    const texts = [title, ...rows.map(({ cells }) => cells[index] ?? "")];
    return Math.max(...texts.map((each) => textWidth(each, FONT_SIZE))) + COLUMN_GAP;
  });
  const labelX = x + SWATCH_WIDTH + SWATCH_GAP;
  const labelRoom = width - (labelX - x) - sum(columnWidths);
  const labels = rows.map(({ label }) => fitted(label, labelRoom, FONT_SIZE));
  const labelWidth = Math.max(...labels.map((label) => textWidth(label, FONT_SIZE)));
  const rights = columns.map((_, index) => labelX + labelWidth + sum(columnWidths.slice(0, index + 1)));
  const end = rights.at(-1) ?? labelX + labelWidth;
  const ruleY = y + HEADER_HEIGHT - 8;
  return element(
    "g",
    {},
    ...columns.map((title, index) =>
      text(rights[index] ?? end, y + 10, title, { className: "axis-title", anchor: "end" }),
    ),
    element("line", { class: "grid", x1: x, x2: end, y1: ruleY, y2: ruleY }),
    ...rows.map((row, index) => {
      const baseline = y + HEADER_HEIGHT + index * ROW_HEIGHT + 12;
      return element(
        "g",
        {},
        element("title", {}, escapeXml(row.label)),
        swatch(row, x, baseline - 4.5),
        text(labelX, baseline, labels[index] ?? "", { className: "legend" }),
        ...row.cells.map((cell, column) =>
          text(rights[column] ?? end, baseline, cell, { className: "legend", anchor: "end" }),
        ),
      );
    }),
  );
}

function swatch({ className, shape }: LegendRow, x: number, y: number): string {
  return element(
    "g",
    { class: `${className} val` },
    element("path", { d: `M${x},${y}h${SWATCH_WIDTH}` }),
    shape === "diamond" ? marker(shape, x + SWATCH_WIDTH / 2, y, 3) : "",
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
