import type { LayerStatistics } from "../run/layer-statistics.js";
import { valueText } from "../search/value-set-text.js";
import { focusRange } from "./focus.js";
import { type PanelOptions, panel, type Series } from "./panel.js";
import { ramp, valueColours } from "./ramp.js";
import { KEY_WIDTH, type Shares, stackPanel } from "./stack.js";
import { element, escapeXml, text } from "./svg.js";
import { fitted, textWidth } from "./text-width.js";
import { styleSheet, type Theme } from "./theme.js";

/** The search statistics of the layers at the end of an epoch. */
export interface EpochHealth {
  readonly epoch: number;
  readonly health: readonly LayerStatistics[];
}

export interface HealthOptions {
  readonly title: string;
  /** May be empty. */
  readonly subtitle: string;
  /** The value set, in the order of the histograms. */
  readonly values: readonly number[];
  /** Whether the values are factors of frozen weights. */
  readonly areFactors: boolean;
  readonly theme: Theme;
}

const WIDTH = 960;
const MARGIN = 20;
const PANEL_WIDTH = 392;
const PANEL_HEIGHT = 260;
const PANEL_X = [60, 548] as const;
/** From the lower edge of the panels to the baseline of the layers' key, and from there to the stack's upper edge. */
const TO_KEY = 70;
const TO_STACK = 58;
const STACK_HEIGHT = 220;
const BELOW_STACK = 56;
const KEY_SEGMENT = 12;
const KEY_BAR = 220;
const NAME_ROOM = 220;
/** More lines than these have no markers. */
const MAX_MARKED_LAYERS = 6;

const SHAPES = `
.layer path { fill: none; stroke-width: 1.4; stroke-linejoin: round; }
.end path { stroke-width: 2.4; }
.layer-key rect { shape-rendering: crispEdges; }
.area path { stroke-width: 0.6; }`;

/**
 * Draws the search statistics of a run as a standalone SVG: over epochs, each layer's mean entropy and flip rate, one
 * line per layer, coloured from the first to the last one, and the histogram over the value set of all weights of these
 * layers, stacked in ascending order. As in `renderComparison`, from 20 epochs on the axis of the flip rate is scaled
 * to the last three quarters of them.
 * @param epochs ascending, at least one; every histogram has one entry per value. Layers are those of the last epoch
 */
export function renderHealth(epochs: readonly EpochHealth[], options: HealthOptions): string {
  const { title, subtitle, values, theme } = options;
  const layers = (epochs.at(-1)?.health ?? []).map(({ layer }) => layer);
  const panelY = subtitle === "" ? 92 : 112;
  const keyY = panelY + PANEL_HEIGHT + TO_KEY;
  const stackY = keyY + TO_STACK;
  const height = stackY + STACK_HEIGHT + BELOW_STACK;
  const room = WIDTH - 2 * MARGIN;
  return `${element(
    "svg",
    { xmlns: "http://www.w3.org/2000/svg", viewBox: `0 0 ${WIDTH} ${height}`, width: WIDTH, height, role: "img" },
    element("title", {}, escapeXml([title, subtitle].filter(Boolean).join(" – "))),
    element("style", {}, styleSheet(theme, colouredRules(layers.length, ascending(values)), SHAPES)),
    element("rect", { class: "background", width: WIDTH, height }),
    text(MARGIN, 34, fitted(title, room, 18, true), { className: "title" }),
    subtitle === "" ? "" : text(MARGIN, 56, fitted(subtitle, room, 13), { className: "subtitle" }),
    entropyPanel(layers, epochs, panelY),
    changePanel(layers, epochs, panelY),
    layerKey(layers, keyY),
    valueStack(epochs, options, stackY),
  )}\n`;
}

function colouredRules(numLayers: number, values: readonly number[]): Parameters<typeof styleSheet>[1] {
  return (palette) =>
    [
      ...ramp(palette.layers, numLayers).map(
        (colour, index) =>
          `.layer-${index} path { stroke: ${colour}; } .layer-${index} circle, .layer-${index} rect { fill: ${colour}; }`,
      ),
      ...valueColours(values, palette.values).map((colour, index) => `.value-${index} { fill: ${colour}; }`),
      `.area path { stroke: ${palette.background}; }`,
    ].join("\n");
}

function entropyPanel(layers: readonly string[], epochs: readonly EpochHealth[], y: number): string {
  const series = lines(layers, epochs, ({ entropy }) => entropy);
  return panel({
    ...place(0, y),
    title: "Entropy (1 undecided, 0 decided)",
    series,
    limits: [0, 1],
    minSpan: 0.2,
  });
}

function changePanel(layers: readonly string[], epochs: readonly EpochHealth[], y: number): string {
  const series = lines(layers, epochs, ({ changed }) => 100 * changed);
  const focus = focusRange(series.map(({ points }) => points));
  return panel({
    ...place(1, y),
    title: "Flip rate, % of weights",
    series,
    limits: [0, 100],
    minSpan: 0.5,
    focus,
  });
}

function place(index: 0 | 1, y: number): Pick<PanelOptions, "x" | "y" | "width" | "height"> {
  return { x: PANEL_X[index], y, width: PANEL_WIDTH, height: PANEL_HEIGHT };
}

/** A line per layer; those of the first and the last one, which the key names, are stronger and on top. */
function lines(
  layers: readonly string[],
  epochs: readonly EpochHealth[],
  value: (health: LayerStatistics) => number,
): Series[] {
  const byName = epochs.map(({ epoch, health }) => ({
    epoch,
    found: new Map(health.map((each) => [each.layer, each])),
  }));
  const isMarked = layers.length <= MAX_MARKED_LAYERS;
  const series = layers.map((layer, index): Series => {
    const isEnd = index === 0 || index === layers.length - 1;
    return {
      className: `layer layer-${index}${isEnd ? " end" : ""}`,
      name: layer,
      ...(isMarked && { shape: "circle" }),
      points: byName.map(({ epoch, found }) => {
        const health = found.get(layer);
        return { epoch, value: health === undefined ? Number.NaN : value(health) };
      }),
    };
  });
  return series.length < 3 ? series : [...series.slice(1, -1), ...series.slice(0, 1), ...series.slice(-1)];
}

/** A row of all layers' colours between the names of the first and the last one. */
function layerKey(layers: readonly string[], y: number): string {
  const [first = "", last = ""] = [layers[0], layers.at(-1)].map((name) => fitted(name ?? "", NAME_ROOM, 13));
  const x = PANEL_X[0];
  if (layers.length === 1) return text(x, y, `1 searched layer: ${first}`, { className: "legend" });
  const segment = Math.min(KEY_SEGMENT, KEY_BAR / layers.length);
  const count = `${layers.length} searched layers, from`;
  const firstX = x + textWidth(count, 13) + 6;
  const barX = firstX + textWidth(first, 13) + 10;
  const toX = barX + segment * layers.length + 10;
  return element(
    "g",
    { class: "layer-key" },
    text(x, y, count, { className: "axis-title" }),
    text(firstX, y, first, { className: "legend" }),
    ...layers.map((layer, index) =>
      element(
        "g",
        { class: `layer-${index}` },
        element("title", {}, escapeXml(layer)),
        element("rect", { x: barX + index * segment, y: y - 11, width: segment, height: 13 }),
      ),
    ),
    text(toX, y, "to", { className: "axis-title" }),
    text(toX + textWidth("to", 13) + 6, y, last, { className: "legend" }),
  );
}

function valueStack(epochs: readonly EpochHealth[], { values, areFactors }: HealthOptions, y: number): string {
  const sorted = ascending(values);
  const order = sorted.map((value) => values.indexOf(value));
  const what = areFactors ? "Factor of the frozen weights" : "Hard value";
  return stackPanel({
    x: PANEL_X[0],
    y,
    width: WIDTH - PANEL_X[0] - KEY_WIDTH,
    height: STACK_HEIGHT,
    title: `${what}, % of the weights of all searched layers`,
    areas: sorted.map((value, index) => ({ className: `value-${index}`, label: valueText(value) })),
    points: epochs.map(({ epoch, health }) => overLayers(epoch, health, order)),
  });
}

/** The histogram over all layers, weighted by their numbers of weights. */
function overLayers(epoch: number, health: readonly LayerStatistics[], order: readonly number[]): Shares {
  const total = health.reduce((sum, { weights }) => sum + weights, 0);
  const share = (index: number) =>
    health.reduce((sum, { weights, histogram }) => sum + (weights / total) * (histogram[index] ?? 0), 0);
  return { epoch, shares: order.map(share) };
}

function ascending(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b);
}
