import type { EpochMetrics } from "../run/metrics-jsonl.js";
import { type Point, panel } from "./panel.js";
import { element, escapeXml, text } from "./svg.js";

const WIDTH = 960;
const HEIGHT = 430;
const PANEL_Y = 118;
const PANEL_WIDTH = 392;
const PANEL_HEIGHT = 250;
const PANEL_X = [60, 540] as const;
const MAX_TITLE_CHARACTERS = 90;
const MAX_SUBTITLE_CHARACTERS = 130;

/** Colours are given to classes, once for light and once for dark, as not every viewer knows CSS variables. */
const STYLE = `
text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; fill: #1f2328; }
.title { font-size: 18px; font-weight: 600; }
.subtitle, .legend, .axis-title { font-size: 13px; }
.panel-title { font-size: 14px; font-weight: 600; }
.tick { font-size: 12px; }
.subtitle, .axis-title, .tick { fill: #59636e; }
.background { fill: #ffffff; }
.grid { stroke: #d8dee4; }
.axis, .leader { stroke: #818b98; }
.train path, .val path { fill: none; stroke-width: 2; stroke-linejoin: round; }
.train path { stroke: #bc4c00; stroke-dasharray: 5 3; stroke-width: 1.6; }
.train circle { fill: #bc4c00; }
.val path { stroke: #0969da; }
.val circle { fill: #0969da; }
.mark { fill: #0969da; stroke: #ffffff; stroke-width: 2; }
.mark-label { font-size: 13px; font-weight: 600; stroke: #ffffff; stroke-width: 4; stroke-linejoin: round; paint-order: stroke; }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3; }
.subtitle, .axis-title, .tick { fill: #9198a1; }
.background { fill: #0d1117; }
.grid { stroke: #2a313a; }
.axis, .leader { stroke: #656c76; }
.train path { stroke: #f0883e; }
.train circle { fill: #f0883e; }
.val path { stroke: #58a6ff; }
.val circle { fill: #58a6ff; }
.mark { fill: #58a6ff; stroke: #0d1117; }
.mark-label { stroke: #0d1117; }
}
`;

export interface CurvesOptions {
  readonly title: string;
  readonly subtitle: string;
}

/**
 * Draws a run as a standalone SVG: top-1 accuracy in percent, its best validation epoch marked, and loss, both over
 * epochs, training dashed and validation solid. Follows the viewer's light or dark scheme. Values that are not finite
 * leave gaps; a run without epochs gives empty axes.
 */
export function renderCurves(metrics: readonly EpochMetrics[], { title, subtitle }: CurvesOptions): string {
  const size = { y: PANEL_Y, width: PANEL_WIDTH, height: PANEL_HEIGHT };
  const series = (value: (pass: EpochMetrics["train"]) => number) => [
    { className: "train", points: metrics.map(({ epoch, train }) => ({ epoch, value: value(train) })) },
    { className: "val", points: metrics.map(({ epoch, val }) => ({ epoch, value: value(val) })) },
  ];
  const best = bestTop1(metrics);
  const marked = best && { point: best, label: `best ${best.value.toFixed(2)} %, epoch ${best.epoch}` };
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

/** The epoch of the best validation accuracy, the earliest of equals, in percent. */
function bestTop1(metrics: readonly EpochMetrics[]): Point | undefined {
  let best: Point | undefined;
  for (const { epoch, val } of metrics) {
    const value = 100 * val.top1;
    if (Number.isFinite(value) && (best === undefined || value > best.value)) best = { epoch, value };
  }
  return best;
}

/** Stands above the right panel, level with its title, where no line goes. */
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
