import { bestEpoch } from "../run/best-epoch.js";
import type { EpochResult } from "../run/read-run.js";
import { focusRange } from "./focus.js";
import { type LegendRow, legend } from "./legend.js";
import { type Dot, hasMarkers, type PanelOptions, type Point, panel, type Series } from "./panel.js";
import type { RunStyle } from "./run-styles.js";
import { coordinate, element, escapeXml, text } from "./svg.js";
import { fitted, textWidth } from "./text-width.js";
import { styleSheet, type Theme } from "./theme.js";

/** One run of a figure. */
export interface ComparedRun {
  readonly label: string;
  /** What the label says and more, shown on hover. */
  readonly details: string;
  readonly style: RunStyle;
  readonly epochs: readonly EpochResult[];
  /** Whether it searched weights: else its temperature means nothing. */
  readonly isSearch: boolean;
  /** The planned number of epochs; `null` if unknown. */
  readonly plannedEpochs: number | null;
}

export type Metric = "error" | "accuracy";

export interface ComparisonOptions {
  readonly title: string;
  /** May be empty. */
  readonly subtitle: string;
  /** Top-1 error rate, 1 − accuracy, or accuracy. */
  readonly metric: Metric;
  /** Draws the best validation result up to each epoch in place of the epoch's own. */
  readonly best: boolean;
  readonly logLoss: boolean;
  /** Draws learning rate and temperature too. */
  readonly schedule: boolean;
  readonly theme: Theme;
}

/** As many lines as eyes can follow. */
export const MAX_RUNS = 12;

const WIDTH = 960;
const MARGIN = 20;
const PANEL_WIDTH = 392;
const PANEL_HEIGHT = 300;
const PANEL_X = [60, 548] as const;
const BELOW_PANELS = 66;
const SCHEDULE_HEIGHT = 150;
/** From the lower edge of the panels to the upper edge of those below. */
const BETWEEN_PANELS = 84;
const KEY_LINE = 26;

const SHAPES = `
.train path, .val path { fill: none; stroke-linejoin: round; }
.train path { stroke-width: 1.1; stroke-dasharray: 4 2.5; stroke-opacity: 0.8; }
.train circle { fill-opacity: 0.6; }
.val path, .schedule path { stroke-width: 1.6; fill: none; }
.dot { stroke-width: 1.5; }`;

const colouredRules: Parameters<typeof styleSheet>[1] = ({ runs, background, muted }) => `
${runs
  .map(
    (colour, index) => `.run-${index} path { stroke: ${colour}; }
.run-${index} circle, .run-${index} polygon { fill: ${colour}; }`,
  )
  .join("\n")}
.dot { stroke: ${background}; }
.key path { stroke: ${muted}; }`;

/**
 * Draws 1 to 12 runs as a standalone SVG: top-1 accuracy or error in percent, and loss in nats, over epochs; a run has
 * one colour, training thin and dashed, validation solid, a dot at its best epoch. On request learning rate and
 * temperature follow. A table below names the runs with their best and last validation result. From 20 epochs on, the vertical
 * axes of results are scaled to the last three quarters of them, and the lines of the first epochs are clipped. Non-finite
 * values leave gaps.
 *
 * @throws RangeError for any other number of runs
 */
export function renderComparison(runs: readonly ComparedRun[], options: ComparisonOptions): string {
  if (runs.length < 1 || runs.length > MAX_RUNS)
    throw new RangeError(`expected 1 to ${MAX_RUNS} runs, found ${runs.length}`);
  const panelY = options.subtitle === "" ? 92 : 112;
  const scheduleY = panelY + PANEL_HEIGHT + BETWEEN_PANELS;
  const legendY = (options.schedule ? scheduleY + SCHEDULE_HEIGHT : panelY + PANEL_HEIGHT) + BELOW_PANELS;
  const textRoom = WIDTH - 2 * MARGIN;
  const table = legend(
    { x: MARGIN, y: legendY, width: textRoom },
    legendColumns(options.metric),
    runs.map(legendRow(options.metric)),
  );
  const height = legendY + table.height + 12;
  return `${element(
    "svg",
    { xmlns: "http://www.w3.org/2000/svg", viewBox: `0 0 ${WIDTH} ${height}`, width: WIDTH, height, role: "img" },
    element("title", {}, escapeXml([options.title, options.subtitle].filter(Boolean).join(" – "))),
    element("style", {}, styleSheet(options.theme, colouredRules, SHAPES)),
    element("rect", { class: "background", width: WIDTH, height }),
    text(MARGIN, 34, fitted(options.title, textRoom, 18, true), { className: "title" }),
    options.subtitle === "" ? "" : text(MARGIN, 56, fitted(options.subtitle, textRoom, 13), { className: "subtitle" }),
    accuracyPanel(runs, options, panelY),
    lossPanel(runs, options, panelY),
    options.schedule ? schedulePanels(runs, scheduleY) : "",
    table.markup,
  )}\n`;
}

function accuracyPanel(runs: readonly ComparedRun[], { metric, best }: ComparisonOptions, y: number): string {
  const toValue = percent(metric);
  const train = runs.map(({ epochs }) => epochs.map(({ epoch, train: { top1 } }) => ({ epoch, value: toValue(top1) })));
  const measured = runs.map(({ epochs }) =>
    epochs.map(({ epoch, val: { top1 } }) => ({ epoch, value: toValue(top1) })),
  );
  const val = best ? measured.map((points) => bestSoFar(points, metric)) : measured;
  const dots = runs.flatMap(({ epochs, style }): Dot[] => {
    const found = bestEpoch(epochs);
    const point = found && { epoch: found.epoch, value: toValue(found.val.top1) };
    return point === undefined ? [] : [{ className: colour(style), shape: style.shape, point }];
  });
  return panelWithKey(
    {
      ...panelPlace(0, y),
      title: metric === "error" ? "Top-1 error, %" : "Top-1 accuracy, %",
      series: [...lines("train", runs, train), ...lines("val", runs, val, best)],
      dots,
      limits: [0, 100],
      minSpan: 2,
      focus: focusRange([...train, ...val, ...dots.map(({ point }) => [point])]),
    },
    best ? "best so far" : "validation",
  );
}

function lossPanel(runs: readonly ComparedRun[], { logLoss }: ComparisonOptions, y: number): string {
  const points = (pass: "train" | "val") =>
    runs.map(({ epochs }) => epochs.map((result): Point => ({ epoch: result.epoch, value: result[pass].loss })));
  const [train, val] = [points("train"), points("val")];
  const series = [...lines("train", runs, train), ...lines("val", runs, val)];
  // A logarithmic axis has room for the steep start.
  const focus = logLoss ? undefined : focusRange([...train, ...val]);
  return panelWithKey({ ...panelPlace(1, y), title: "Loss, nats", series, isLog: logLoss, focus }, "validation");
}

/** Learning rate and temperature at the first step of each epoch. */
function schedulePanels(runs: readonly ComparedRun[], y: number): string {
  const drawn = (
    index: 0 | 1,
    title: string,
    emptyText: string,
    value: (run: ComparedRun, at: EpochResult) => number,
  ) =>
    panel({
      ...panelPlace(index, y),
      height: SCHEDULE_HEIGHT,
      title,
      emptyText,
      limits: [0, Number.POSITIVE_INFINITY],
      series: lines(
        "schedule",
        runs,
        runs.map((run) => run.epochs.map((at) => ({ epoch: at.epoch, value: value(run, at) }))),
      ),
    });
  return (
    drawn(0, "Learning rate", "not recorded", (_, { lr = Number.NaN }) => lr) +
    drawn(1, "Temperature", "no search", ({ isSearch }, { temperature = Number.NaN }) =>
      isSearch ? temperature : Number.NaN,
    )
  );
}

function panelPlace(index: 0 | 1, y: number): Pick<PanelOptions, "x" | "y" | "width" | "height"> {
  return { x: PANEL_X[index], y, width: PANEL_WIDTH, height: PANEL_HEIGHT };
}

function lines(
  what: "train" | "val" | "schedule",
  runs: readonly ComparedRun[],
  values: readonly (readonly Point[])[],
  isStep = false,
): Series[] {
  return runs.map(({ style }, index) => ({
    className: `${colour(style)} ${what}`,
    points: values[index] ?? [],
    isStep,
    ...(what !== "train" && { shape: style.shape }),
  }));
}

/** Draws the panel, and above its right end the key of dashed and solid lines. */
function panelWithKey(options: PanelOptions, solid: string): string {
  const y = options.y - 14;
  const entry = (pass: string, right: number, label: string) => {
    const line = right - textWidth(label, 13) - 2 - KEY_LINE;
    const swatch = element("path", { d: `M${coordinate(line)},${y - 4.5}h${KEY_LINE}` });
    const markup =
      element("g", { class: `key ${pass}` }, swatch) +
      text(right, y, label, { className: "axis-title", anchor: "end" });
    return { line, markup };
  };
  const val = entry("val", options.x + options.width, solid);
  return panel(options) + entry("train", val.line - 14, "training").markup + val.markup;
}

function legendColumns(metric: Metric): string[] {
  return [`best val. ${metric}`, "at epoch", `last val. ${metric}`, "epochs"];
}

function legendRow(metric: Metric): (run: ComparedRun) => LegendRow {
  const top1 = (result: EpochResult | undefined) => {
    const value = result === undefined ? Number.NaN : percent(metric)(result.val.top1);
    return Number.isFinite(value) ? `${value.toFixed(2)} %` : "–";
  };
  return ({ label, details, style, epochs, plannedEpochs }) => {
    const best = bestEpoch(epochs);
    const last = epochs.at(-1);
    const done = last?.epoch ?? 0;
    return {
      className: colour(style),
      shape: style.shape,
      hasMarkers: hasMarkers(epochs.length, style.shape),
      label,
      details,
      cells: [
        top1(best),
        best === undefined ? "–" : String(best.epoch),
        top1(last),
        plannedEpochs === null || plannedEpochs === done ? String(done) : `${done}/${plannedEpochs}`,
      ],
    };
  };
}

/** The running maximum over epochs; a gap before the first value. */
function bestSoFar(points: readonly Point[], metric: Metric): Point[] {
  let best = Number.NaN;
  return points.map(({ epoch, value }) => {
    if (Number.isFinite(value) && !(metric === "error" ? best <= value : best >= value)) best = value;
    return { epoch, value: best };
  });
}

/** Converts an accuracy to percent of correct or of wrong answers. */
function percent(metric: Metric): (top1: number) => number {
  return (top1) => 100 * (metric === "error" ? 1 - top1 : top1);
}

function colour({ colour: index }: RunStyle): string {
  return `run-${index}`;
}
