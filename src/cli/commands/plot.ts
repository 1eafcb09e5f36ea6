import { extname } from "node:path";
import { Command, Option } from "commander";
import type { FigureOptions } from "../../plots/figure.js";
import { writeOutput } from "../../system/write-output.js";
import { InputError } from "../../text/errors.js";
import { number } from "../../text/kinds.js";
import { flagValue } from "../options/parsers.js";

interface PlotFlags extends Omit<FigureOptions, "labels"> {
  readonly output?: string;
  readonly label?: readonly string[];
  readonly scale?: number;
}

const DEFAULT_SCALE = 2;

/** `weight-search plot`: its flags, and what it does with them. */
export function plotCommand(): Command {
  return new Command("plot")
    .argument("<runs...>", "run directories, or result.csv files of the original program; at most 12")
    .option("-o, --output <file>", "the figure: a file ending in .svg or .png")
    .addOption(
      new Option("--metric <metric>", "top-1 accuracy or error").choices(["accuracy", "error"]).default("accuracy"),
    )
    .addOption(
      new Option(
        "--health",
        "draw the search statistics of one run: entropy and flip rate of each layer, and the values chosen",
      ).conflicts(["metric", "best", "logLoss", "schedule", "label"]),
    )
    .option("--best", "draw the best validation result so far, not each epoch's")
    .option("--log-loss", "a logarithmic axis for the loss")
    .option("--schedule", "panels of learning rate and temperature too")
    .option("--title <text>", "title (default: network and data set)")
    .option("--label <name>", "a run's label; once for each run, in their order", appended)
    .addOption(
      new Option("--theme <theme>", "colours; auto follows the viewer in an SVG and is light in a PNG")
        .choices(["auto", "light", "dark"])
        .default("auto"),
    )
    .option(
      "--scale <factor>",
      "a PNG's pixels for one of the SVG's (default: 2)",
      flagValue("--scale", number({ min: 0.25, max: 8 })),
    )
    .action(plot);
}

/** Checks and reads everything before anything is written. Throws InputError. */
async function plot(paths: string[], flags: PlotFlags): Promise<void> {
  const { output, format } = checkOutput(flags);
  const { label: labels, scale = DEFAULT_SCALE, ...options } = flags;
  if (labels !== undefined && labels.length !== paths.length) {
    throw new InputError(
      `option --label: expected one for each run, ${paths.length} in all, received ${labels.length}`,
    );
  }
  const theme = format === "png" && flags.theme === "auto" ? "light" : flags.theme;
  // Only now: --help should not load what draws.
  const { renderFigure } = await import("../../plots/figure.js");
  const svg = renderFigure(paths, { ...options, theme, ...(labels !== undefined && { labels }) });
  writeOutput(output, format === "svg" ? Buffer.from(svg) : await toPng(svg, scale, output));
  process.stdout.write(`figure: ${output}\n`);
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

async function toPng(svg: string, scale: number, output: string): Promise<Uint8Array> {
  // Only now: it loads a library that an SVG can do without.
  const { rasterized } = await import("../../plots/rasterize.js");
  return rasterized(svg, scale, output);
}

function appended(value: string, previous: readonly string[] | undefined): string[] {
  return [...(previous ?? []), value];
}
