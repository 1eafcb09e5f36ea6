/** The colours of a picture, and the style sheet that gives them to classes. */

/** `auto` follows the viewer's light or dark scheme. */
export const THEMES = ["auto", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

export interface Palette {
  readonly ink: string;
  readonly muted: string;
  readonly background: string;
  readonly grid: string;
  readonly axis: string;
  /** Training and validation of one run. */
  readonly train: string;
  readonly val: string;
  /**
   * Runs beside each other. Chosen so that any two differ by 0.1 or more in Oklab and stand out from the background at
   * 3 : 1 or more, also as seen without red, green or blue cones; a test computes this.
   */
  readonly runs: readonly string[];
}

export const LIGHT: Palette = {
  ink: "#1f2328",
  muted: "#59636e",
  background: "#ffffff",
  grid: "#d8dee4",
  axis: "#818b98",
  train: "#bc4c00",
  val: "#0969da",
  runs: ["#1f2328", "#1e4fdb", "#b02a0a", "#0a9ba0", "#b98319", "#75207f"],
};

export const DARK: Palette = {
  ink: "#e6edf3",
  muted: "#9198a1",
  background: "#0d1117",
  grid: "#2a313a",
  axis: "#656c76",
  train: "#f0883e",
  val: "#58a6ff",
  runs: ["#e6edf3", "#5f86ff", "#e8662a", "#35cbe0", "#f0bf2c", "#9a4fb4"],
};

const SHAPES = `
text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
.title { font-size: 18px; font-weight: 600; }
.subtitle, .legend, .axis-title { font-size: 13px; }
.panel-title { font-size: 14px; font-weight: 600; }
.tick { font-size: 12px; }`;

/**
 * The content of `<style>`: what every plot has, and `coloured`, rules made of a palette. Colours are written out for
 * light and for dark, as not every viewer knows CSS variables. `shapes` are rules that do not depend on the palette.
 */
export function styleSheet(theme: Theme, coloured: (palette: Palette) => string, shapes = ""): string {
  const colours = (palette: Palette) => `${common(palette)}\n${coloured(palette).trim()}\n`;
  const themed =
    theme === "auto"
      ? `${colours(LIGHT)}@media (prefers-color-scheme: dark) {\n${colours(DARK)}}\n`
      : colours(theme === "light" ? LIGHT : DARK);
  return `${SHAPES}\n${shapes.trim()}\n${themed}`;
}

function common({ ink, muted, background, grid, axis }: Palette): string {
  return `text { fill: ${ink}; }
.subtitle, .axis-title, .tick { fill: ${muted}; }
.background { fill: ${background}; }
.grid { stroke: ${grid}; }
.axis, .leader { stroke: ${axis}; }`;
}
