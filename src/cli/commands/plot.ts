import { Command, Option } from "commander";
import type { PlotFlags } from "../../plots/figure.js";
import { numberBetween } from "../options/parsers.js";

/** `weight-search plot`: its flags. What it does is loaded when it is asked for. */
export function plotCommand(): Command {
  return new Command("plot")
    .description("draw runs over epochs in one figure: top-1 error or accuracy, and loss")
    .argument("<runs...>", "run directories, or result.csv files of the original program; at most 12")
    .option("-o, --output <file>", "the figure: a file ending in .svg or .png")
    .addOption(
      new Option("--metric <metric>", "top-1 error or accuracy").choices(["error", "accuracy"]).default("error"),
    )
    .addOption(
      new Option(
        "--health",
        "draw how far one run's search has come: entropy and changes of each layer, and which values are chosen",
      ).conflicts(["metric", "best", "logLoss", "label"]),
    )
    .option("--best", "draw the best validation result so far, not each epoch's")
    .option("--log-loss", "a logarithmic axis for the loss")
    .option("--title <text>", "title (default: network and data set)")
    .option("--label <name>", "a run's label; once for each run, in their order", appended)
    .addOption(
      new Option("--theme <theme>", "colours; auto follows the viewer in an SVG and is light in a PNG")
        .choices(["auto", "light", "dark"])
        .default("auto"),
    )
    .option("--scale <factor>", "a PNG's pixels for one of the SVG's (default: 2)", numberBetween("--scale", 0.25, 8))
    .action(async (runs: string[], flags: PlotFlags) => {
      const { plot } = await import("../../plots/figure.js");
      await plot(runs, flags);
    });
}

function appended(value: string, previous: readonly string[] | undefined): string[] {
  return [...(previous ?? []), value];
}
