import { bestEpoch } from "../run/best-epoch.js";
import type { EpochMetrics } from "../run/metrics-jsonl.js";
import { type Mark, type Point, panel } from "./panel.js";
import { element, escapeXml, text } from "./svg.js";
import { styleSheet } from "./theme.js";

const WIDTH = 960;
const HEIGHT = 430;
const PANEL_Y = 118;
const PANEL_WIDTH = 392;
const PANEL_HEIGHT = 250;
const PANEL_X = [60, 540] as const;
const MAX_TITLE_CHARACTERS = 90;
const MAX_SUBTITLE_CHARACTERS = 130;

const SHAPES = `
.train path, .val path { fill: none; stroke-width: 2; stroke-linejoin: round; }
.train path { stroke-dasharray: 5 3; stroke-width: 1.6; }
.mark { stroke-width: 2; }
.mark-label { font-size: 13px; font-weight: 600; stroke-width: 4; stroke-linejoin: round; paint-order: stroke; }`;

const STYLE = styleSheet(
  "auto",
  ({ train, val, background }) => `
.train path { stroke: ${train}; }
.train circle { fill: ${train}; }
.val path { stroke: ${val}; }
.val circle { fill: ${val}; }
.mark { fill: ${val}; stroke: ${background}; }
.mark-label { stroke: ${background}; }`,
  SHAPES,
);

export interface CurvesOptions {
  readonly title: string;
  readonly subtitle: string;
}

/**
 * Draws a run as a standalone SVG: top-1 accuracy in percent, its best validation epoch marked, and loss, both over
 * epochs, training dashed and validation solid. Follows the viewer's light or dark scheme. Non-finite values leave
 * gaps; a run without epochs gives empty axes.
 */
export function renderCurves(metrics: readonly EpochMetrics[], { title, subtitle }: CurvesOptions): string {
  const size = { y: PANEL_Y, width: PANEL_WIDTH, height: PANEL_HEIGHT };
  const series = (value: (pass: EpochMetrics["train"]) => number) => [
    { className: "train", points: metrics.map(({ epoch, train }) => ({ epoch, value: value(train) })) },
    { className: "val", points: metrics.map(({ epoch, val }) => ({ epoch, value: value(val) })) },
  ];
  const best = bestEpoch(metrics);
  const marked = best && markedBest({ epoch: best.epoch, value: 100 * best.val.top1 });
  return `${element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      width: WIDTH,
      height: HEIGHT,
      role: "img",
    },
    element("title", {}, escapeXml(`${title} – ${subtitle}`)),
    element("style", {}, STYLE),
    element("rect", { class: "background", width: WIDTH, height: HEIGHT }),
    text(20, 34, shortened(title, MAX_TITLE_CHARACTERS), { className: "title" }),
    text(20, 56, shortened(subtitle, MAX_SUBTITLE_CHARACTERS), { className: "subtitle" }),
    legend(PANEL_X[1] + PANEL_WIDTH - 200, PANEL_Y - 14),
    panel({
      ...size,
      x: PANEL_X[0],
      title: "Top-1 accuracy, %",
      series: series(({ top1 }) => 100 * top1),
      marked,
      limits: [0, 100],
      minSpan: 2,
    }),
    panel({ ...size, x: PANEL_X[1], title: "Loss", series: series(({ loss }) => loss) }),
  )}\n`;
}

function markedBest(point: Point): Mark {
  return { point, label: `best ${point.value.toFixed(2)} %, epoch ${point.epoch}` };
}

/** The key above the right panel, level with its title. */
function legend(x: number, y: number): string {
  const entry = (className: string, left: number, label: string) =>
    element("g", { class: className }, element("path", { d: `M${left},${y - 4}h26` })) +
    text(left + 33, y, label, { className: "legend" });
  return element("g", {}, entry("train", x, "training"), entry("val", x + 100, "validation"));
}

function shortened(content: string, maxCharacters: number): string {
  const characters = [...content];
  return characters.length > maxCharacters ? `${characters.slice(0, maxCharacters - 1).join("")}…` : content;
}
