/** The colours of a figure, and the style sheet that assigns them to classes. */

/** `auto` follows the viewer's light or dark scheme. */
export type Theme = "auto" | "light" | "dark";

export interface Palette {
  readonly ink: string;
  readonly muted: string;
  readonly background: string;
  readonly grid: string;
  readonly axis: string;
  /**
   * Colours of runs (`runStyles`), the first that of float weights. Any two differ by at least 0.1 in Oklab and have a contrast of at least 3 : 1 with the
   * background, also without red, green or blue cones; a test computes this.
   */
  readonly runs: readonly string[];
  /** Stops of the ramp from the first to the last layer of a network: ever further from the background. */
  readonly layers: readonly string[];
  /** Values below, at and above 0; of those below and above, the nearest to 0 and the furthest. */
  readonly values: { readonly below: readonly string[]; readonly zero: string; readonly above: readonly string[] };
}

export const LIGHT: Palette = {
  ink: "#1f2328",
  muted: "#59636e",
  background: "#ffffff",
  grid: "#d8dee4",
  axis: "#818b98",
  runs: ["#1f2328", "#1e4fdb", "#b02a0a", "#0a9ba0", "#b98319", "#75207f"],
  layers: ["#b98319", "#c43b5f", "#7b2a8c", "#1b1b5e"],
  values: { below: ["#a3c8f0", "#0b4a9e"], zero: "#aab2bb", above: ["#f6bf94", "#a83a00"] },
};

export const DARK: Palette = {
  ink: "#e6edf3",
  muted: "#9198a1",
  background: "#0d1117",
  grid: "#2a313a",
  axis: "#656c76",
  runs: ["#e6edf3", "#5f86ff", "#e8662a", "#35cbe0", "#f0bf2c", "#9a4fb4"],
  layers: ["#a86a1c", "#d2706f", "#b793e6", "#c4e4ff"],
  values: { below: ["#2f5b94", "#7db8ff"], zero: "#5b636d", above: ["#8f5327", "#ffb070"] },
};

const SHAPES = `
text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
.title { font-size: 18px; font-weight: 600; }
.subtitle, .legend, .axis-title { font-size: 13px; }
.panel-title { font-size: 14px; font-weight: 600; }
.tick { font-size: 12px; }`;

/**
 * The content of `<style>`: common rules, and `coloured`, rules that depend on a palette. Colours are written out for
 * light and for dark, as not every viewer supports CSS variables. `shapes` are rules that do not depend on the palette.
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
.axis { stroke: ${axis}; }`;
}
