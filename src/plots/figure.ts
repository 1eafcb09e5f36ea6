import { extname } from "node:path";
import { labelRuns } from "../report/run-labels.js";
import { type RunRecord, readRun, realRunPath } from "../run/read-run.js";
import { writeOutput } from "../system/write-output.js";
import { InputError } from "../text/errors.js";
import { MAX_RUNS, type Metric, renderComparison } from "./compare.js";
import { healthFigure } from "./statistics-figure.js";
import type { Theme } from "./theme.js";

/** The flags of `weight-search plot`, as commander hands them over. */
export interface PlotFlags {
  readonly output?: string;
  readonly metric: Metric;
  readonly health?: boolean;
  readonly best?: boolean;
  readonly logLoss?: boolean;
  readonly title?: string;
  readonly label?: readonly string[];
  readonly theme: Theme;
  readonly scale?: number;
}

const DEFAULT_SCALE = 2;

/** `weight-search plot`: everything is checked and read before anything is written. */
export async function plot(paths: readonly string[], flags: PlotFlags): Promise<void> {
  const { output, format } = checkOutput(flags);
  const runs = readRuns(paths, flags);
  const theme = format === "png" && flags.theme === "auto" ? "light" : flags.theme;
  const svg = flags.health ? healthFigure(runs, flags.title, theme) : comparison(runs, flags, theme);
  writeOutput(output, format === "svg" ? Buffer.from(svg) : await toPng(svg, flags.scale ?? DEFAULT_SCALE, output));
  process.stdout.write(`figure: ${output}\n`);
}

function comparison(runs: readonly RunRecord[], flags: PlotFlags, theme: Theme): string {
  const { title, subtitle, labels } = labelRuns(runs);
  return renderComparison(
    runs.map(({ epochs, config }, index) => ({
      label: flags.label?.[index] ?? labels[index] ?? "",
      epochs,
      plannedEpochs: config?.epochs ?? null,
    })),
    {
      title: flags.title ?? title,
      subtitle,
      metric: flags.metric,
      best: flags.best ?? false,
      logLoss: flags.logLoss ?? false,
      theme,
    },
  );
}

function checkOutput({ output, scale }: PlotFlags): { output: string; format: "svg" | "png" } {
  const extension = extname(output ?? "").toLowerCase();
  if (output === undefined || (extension !== ".svg" && extension !== ".png")) {
    const received = output === undefined ? "none" : `"${output}"`;
    throw new InputError(`option -o/--output: expected a file ending in .svg or .png, received ${received}`);
  }
  if (extension === ".svg" && scale !== undefined) {
    throw new InputError("option --scale says how many pixels a PNG has: expected -o/--output ending in .png with it");
  }
  return { output, format: extension === ".svg" ? "svg" : "png" };
}

function readRuns(paths: readonly string[], { label }: PlotFlags): RunRecord[] {
  if (paths.length > MAX_RUNS) {
    throw new InputError(`expected at most ${MAX_RUNS} runs in one figure, received ${paths.length}`);
  }
  if (label !== undefined && label.length !== paths.length) {
    throw new InputError(`option --label: expected one for each run, ${paths.length} in all, received ${label.length}`);
  }
  const runs = paths.map((path) => readRun(path));
  const places = paths.map(realRunPath);
  const twice = places.findIndex((place, index) => places.indexOf(place) !== index);
  if (twice >= 0) throw new InputError(`${paths[twice]}: expected each run once, received it twice`);
  return runs;
}

async function toPng(svg: string, scale: number, output: string): Promise<Uint8Array> {
  // Only now: it loads a library that an SVG can do without.
  const { rasterized } = await import("./rasterize.js");
  return rasterized(svg, scale, output);
}
